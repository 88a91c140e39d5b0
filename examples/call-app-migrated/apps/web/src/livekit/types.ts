/** A call as the components see it, whatever carries it. */

export type CallStatus =
  | "idle"
  | "connecting"
  /** For a host to let us in. */
  | "waiting"
  | "connected"
  | "reconnecting"
  | "denied"
  | "disconnected";

export type TrackSource = "camera" | "microphone" | "screen" | "screen-audio";

export type ConnectionQuality = "excellent" | "good" | "poor" | "lost" | "unknown";

export interface CallTrack {
  id: string;
  source: TrackSource;
  kind: "audio" | "video";
  muted: boolean;
  /**
   * Shows or plays the track in an element; returns what takes it out again. There is no other way
   * to the media.
   */
  attach: (element: HTMLMediaElement) => () => void;
}

export interface CallParticipant {
  identity: string;
  name: string;
  isLocal: boolean;
  isHost: boolean;
  isSpeaking: boolean;
  connectionQuality: ConnectionQuality;
  tracks: readonly CallTrack[];
}

export interface ChatMessage {
  id: string;
  identity: string;
  name: string;
  text: string;
  /** Milliseconds since the epoch. */
  sentAt: number;
}

export interface JoinRequest {
  identity: string;
  name: string;
}

export interface JoinOptions {
  roomId: string;
  microphone: boolean;
  camera: boolean;
  microphoneId?: string;
  cameraId?: string;
}

export interface CallState {
  status: CallStatus;
  error: string | null;
  /** The local one first. */
  participants: readonly CallParticipant[];
  isMicrophoneEnabled: boolean;
  isCameraEnabled: boolean;
  isScreenSharing: boolean;
  messages: readonly ChatMessage[];
  isHost: boolean;
  joinRequests: readonly JoinRequest[];
}

/** No action rejects: what goes wrong is in `error`. */
export interface CallActions {
  join: (options: JoinOptions) => Promise<void>;
  leave: () => Promise<void>;
  toggleMicrophone: () => Promise<void>;
  toggleCamera: () => Promise<void>;
  toggleScreenShare: () => Promise<void>;
  switchDevice: (kind: MediaDeviceKind, deviceId: string) => Promise<void>;
  sendMessage: (text: string) => Promise<void>;
  approve: (identity: string) => Promise<void>;
  deny: (identity: string) => Promise<void>;
}

export type Call = CallState & CallActions;
