import type { EventName, Events, JoinRequestInfo, PeerInfo, ProducerInfo, Room } from "@call-app/shared";
import type { MediaPeer } from "../mediasoup/MediaPeer";
import type { MediaRoom } from "../mediasoup/MediaRoom";
import type { Connection } from "./Connection";

export interface Peer {
  readonly info: PeerInfo;
  readonly connection: Connection;
  readonly media: MediaPeer;
  readonly producers: Map<string, ProducerInfo>;
  /** The record in the call history. */
  readonly callId: string;
}

/** The people of one call, and those who wait at its door. */
export class CallRoom {
  readonly peers = new Map<string, Peer>();
  readonly waiting = new Map<string, Connection>();

  constructor(
    readonly room: Room,
    readonly media: MediaRoom,
  ) {
    media.onActiveSpeakers((identities) => {
      this.broadcast("activeSpeakers", { identities });
    });
  }

  get isEmpty(): boolean {
    return this.peers.size === 0 && this.waiting.size === 0;
  }

  producers(): ProducerInfo[] {
    return [...this.peers.values()].flatMap((peer) => [...peer.producers.values()]);
  }

  joinRequests(): JoinRequestInfo[] {
    return [...this.waiting.values()].map(({ session }) => ({
      identity: session.identity,
      name: session.name,
    }));
  }

  broadcast<E extends EventName>(event: E, data: Events[E], except?: Peer): void {
    for (const peer of this.peers.values()) {
      if (peer !== except) {
        peer.connection.notify(event, data);
      }
    }
  }

  notifyHost<E extends EventName>(event: E, data: Events[E]): void {
    this.peers.get(this.room.hostIdentity)?.connection.notify(event, data);
  }
}
