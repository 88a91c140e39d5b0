import type { JoinReply, Room, RoomState } from "@call-app/shared";
import { CloseCode } from "@call-app/shared";
import { UserError } from "../errors";
import { logger } from "../logger";
import type { MediaServer } from "../mediasoup/MediaServer";
import type { Services } from "../services";
import { CallRoom } from "./CallRoom";
import type { Peer } from "./CallRoom";
import type { Connection } from "./Connection";
import { KeyedLock } from "./KeyedLock";

export interface Membership {
  call: CallRoom;
  peer: Peer;
}

/** All calls that go on, and the way into and out of them. */
export class CallRooms {
  private readonly calls = new Map<string, CallRoom>();
  private readonly memberships = new WeakMap<Connection, Membership>();
  private readonly waitingIn = new WeakMap<Connection, CallRoom>();
  // Somebody enters the room that the last one is just leaving: one after the other.
  private readonly locks = new KeyedLock();

  constructor(
    private readonly services: Services,
    private readonly media: MediaServer,
  ) {}

  /** @throws UserError when the connection is not in a call. */
  membership(connection: Connection): Membership {
    const membership = this.memberships.get(connection);
    if (!membership) {
      throw new UserError("Join a room first", 409);
    }
    return membership;
  }

  async join(connection: Connection, roomId: string): Promise<JoinReply> {
    const room = await this.services.rooms.get(roomId);
    return this.locks.run(roomId, async () => {
      const reply = await this.enterOrWait(connection, room);
      if (!connection.isOpen) {
        await this.remove(connection);
      }
      return reply;
    });
  }

  async approve(host: Connection, identity: string): Promise<void> {
    const { room } = this.membership(host).call;
    await this.locks.run(room.id, async () => {
      const connection = this.waitingAt(host, identity);
      await this.services.admission.approve(room, identity);
      this.stopWaiting(connection);
      connection.notify("admitted", { room: await this.enter(connection, room) });
      if (!connection.isOpen) {
        await this.remove(connection);
      }
    });
  }

  deny(host: Connection, identity: string): void {
    const connection = this.waitingAt(host, identity);
    this.stopWaiting(connection);
    connection.notify("denied", {});
  }

  /** The connection is gone, or its user left. */
  async leave(connection: Connection): Promise<void> {
    const call = this.memberships.get(connection)?.call ?? this.waitingIn.get(connection);
    if (call) {
      await this.locks.run(call.room.id, () => this.remove(connection));
    }
  }

  /** All media is lost: everybody has to join again. */
  restart(): void {
    for (const call of this.calls.values()) {
      const connections = [...call.peers.values()].map((peer) => peer.connection);
      for (const connection of [...connections, ...call.waiting.values()]) {
        connection.close(CloseCode.MediaRestarted, "media restarted");
      }
    }
    this.calls.clear();
  }

  private async enterOrWait(connection: Connection, room: Room): Promise<JoinReply> {
    const { identity, name } = connection.session;
    if (await this.services.admission.mayEnter(room, identity)) {
      return { state: "joined", room: await this.enter(connection, room) };
    }
    const call = await this.call(room);
    call.waiting.get(identity)?.close(CloseCode.Replaced, "joined elsewhere");
    call.waiting.set(identity, connection);
    this.waitingIn.set(connection, call);
    call.notifyHost("joinRequested", { identity, name });
    return { state: "waiting" };
  }

  private async enter(connection: Connection, room: Room): Promise<RoomState> {
    const { identity, name } = connection.session;
    const call = await this.call(room);
    const peer: Peer = {
      info: { identity, name, isHost: this.services.rooms.isHost(room, identity) },
      connection,
      media: call.media.createPeer(identity),
      producers: new Map(),
      callId: await this.services.calls.started(room.id, identity, name),
    };
    await this.services.presence.enter(room.id, identity);

    const previous = call.peers.get(identity);
    call.peers.set(identity, peer);
    this.memberships.set(connection, { call, peer });
    if (previous) {
      previous.media.close();
      call.broadcast("peerLeft", { identity }, peer);
      previous.connection.close(CloseCode.Replaced, "joined elsewhere");
    }
    call.broadcast("peerJoined", peer.info, peer);
    if (this.calls.get(room.id) !== call) {
      connection.close(CloseCode.MediaRestarted, "media restarted");
    }

    const others = [...call.peers.values()].filter((other) => other !== peer);
    return {
      self: peer.info,
      peers: others.map(({ info }) => info),
      producers: others.flatMap(({ producers }) => [...producers.values()]),
      routerRtpCapabilities: call.media.rtpCapabilities,
      joinRequests: peer.info.isHost ? call.joinRequests() : [],
    };
  }

  private async remove(connection: Connection): Promise<void> {
    const waitedFor = this.stopWaiting(connection);
    if (waitedFor) {
      await this.closeIfEmpty(waitedFor);
    }
    const membership = this.memberships.get(connection);
    if (!membership) {
      return;
    }
    this.memberships.delete(connection);
    const { call, peer } = membership;
    const { identity } = peer.info;
    peer.media.close();
    // A newer connection of the same person may have taken its place.
    if (call.peers.get(identity) === peer) {
      call.peers.delete(identity);
      call.broadcast("peerLeft", { identity });
    }
    await this.closeIfEmpty(call);
    await this.services.calls.ended(peer.callId);
    if (!this.calls.get(call.room.id)?.peers.has(identity)) {
      await this.services.presence.exit(call.room.id, identity);
    }
  }

  private async call(room: Room): Promise<CallRoom> {
    const media = await this.media.room(room.id);
    const existing = this.calls.get(room.id);
    if (existing?.media === media) {
      return existing;
    }
    const call = new CallRoom(room, media);
    this.calls.set(room.id, call);
    logger.info("call started", { room: room.id });
    return call;
  }

  private async closeIfEmpty(call: CallRoom): Promise<void> {
    if (call.isEmpty && this.calls.get(call.room.id) === call) {
      this.calls.delete(call.room.id);
      await this.media.closeRoom(call.room.id);
      logger.info("call ended", { room: call.room.id });
    }
  }

  private waitingAt(host: Connection, identity: string): Connection {
    const { call, peer } = this.membership(host);
    if (!peer.info.isHost) {
      throw new UserError("Only the host decides who may join", 403);
    }
    const connection = call.waiting.get(identity);
    if (!connection) {
      throw new UserError("They do not wait any more", 404);
    }
    return connection;
  }

  /** @returns the call that it waited for. */
  private stopWaiting(connection: Connection): CallRoom | undefined {
    const call = this.waitingIn.get(connection);
    const { identity } = connection.session;
    this.waitingIn.delete(connection);
    if (call?.waiting.get(identity) === connection) {
      call.waiting.delete(identity);
      call.notifyHost("joinRequestWithdrawn", { identity });
    }
    return call;
  }
}
