/** The messages between the web app and the signalling server, in both directions. */

import type {
  DtlsParameters,
  IceParameters,
  MediaKind,
  RtpCapabilities,
  RtpParameters,
  TransportOptions,
} from "mediasoup-client/types";

export type TrackSource = "camera" | "microphone" | "screen" | "screen-audio";
export type TransportDirection = "send" | "recv";

export interface PeerInfo {
  identity: string;
  name: string;
  isHost: boolean;
}

export interface ProducerInfo {
  producerId: string;
  identity: string;
  source: TrackSource;
  kind: MediaKind;
  paused: boolean;
}

export interface JoinRequestInfo {
  identity: string;
  name: string;
}

/** All that a peer needs to know at the moment it enters a room. */
export interface RoomState {
  self: PeerInfo;
  peers: PeerInfo[];
  producers: ProducerInfo[];
  routerRtpCapabilities: RtpCapabilities;
  joinRequests: JoinRequestInfo[];
}

export type JoinReply = { state: "joined"; room: RoomState } | { state: "waiting" };

export type TransportInfo = Pick<
  TransportOptions,
  "id" | "iceParameters" | "iceCandidates" | "dtlsParameters"
>;

export interface ConsumerInfo {
  consumerId: string;
  producerId: string;
  kind: MediaKind;
  rtpParameters: RtpParameters;
  producerPaused: boolean;
}

export type Empty = Record<string, never>;

/** Requests of the client; the server answers each of them. */
export interface Requests {
  ping: { data: Empty; reply: Empty };
  join: { data: { roomId: string }; reply: JoinReply };
  leave: { data: Empty; reply: Empty };
  createTransport: { data: { direction: TransportDirection }; reply: TransportInfo };
  connectTransport: {
    data: { transportId: string; dtlsParameters: DtlsParameters };
    reply: Empty;
  };
  restartIce: { data: { transportId: string }; reply: { iceParameters: IceParameters } };
  produce: {
    data: {
      transportId: string;
      kind: MediaKind;
      source: TrackSource;
      rtpParameters: RtpParameters;
    };
    reply: { producerId: string };
  };
  pauseProducer: { data: { producerId: string }; reply: Empty };
  resumeProducer: { data: { producerId: string }; reply: Empty };
  closeProducer: { data: { producerId: string }; reply: Empty };
  consume: {
    data: { producerId: string; rtpCapabilities: RtpCapabilities };
    reply: ConsumerInfo;
  };
  resumeConsumer: { data: { consumerId: string }; reply: Empty };
  sendChatMessage: { data: { text: string }; reply: ChatMessageInfo };
  approveJoinRequest: { data: { identity: string }; reply: Empty };
  denyJoinRequest: { data: { identity: string }; reply: Empty };
}

export interface ChatMessageInfo {
  id: string;
  identity: string;
  name: string;
  text: string;
  /** Milliseconds since the epoch. */
  sentAt: number;
}

/** What the server says by itself. */
export interface Events {
  admitted: { room: RoomState };
  denied: Empty;
  peerJoined: PeerInfo;
  peerLeft: { identity: string };
  newProducer: ProducerInfo;
  producerPaused: { producerId: string };
  producerResumed: { producerId: string };
  producerClosed: { producerId: string };
  activeSpeakers: { identities: string[] };
  /** Mediasoup's score of what a peer sends: 0 is lost, 10 is perfect. */
  producerScore: { identity: string; score: number };
  chatMessage: ChatMessageInfo;
  joinRequested: JoinRequestInfo;
  joinRequestWithdrawn: { identity: string };
}

export type RequestMethod = keyof Requests;
export type EventName = keyof Events;

export interface RequestMessage<M extends RequestMethod = RequestMethod> {
  type: "request";
  id: number;
  method: M;
  data: Requests[M]["data"];
}

export type ResponseMessage<M extends RequestMethod = RequestMethod> =
  | { type: "response"; id: number; ok: true; data: Requests[M]["reply"] }
  | { type: "response"; id: number; ok: false; error: string };

export interface EventMessage<E extends EventName = EventName> {
  type: "event";
  event: E;
  data: Events[E];
}

export type ServerMessage =
  | ResponseMessage
  | { [E in EventName]: EventMessage<E> }[EventName];

/** Why the server closes a connection; from the range that RFC 6455 leaves to applications. */
export const CloseCode = {
  /** The same person joined from another tab or device. */
  Replaced: 4001,
  /** The session cookie is missing or not valid. */
  Unauthorized: 4003,
  /** The media worker went away; join again. */
  MediaRestarted: 4012,
} as const;
