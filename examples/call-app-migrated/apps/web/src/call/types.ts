/** What a call is to the components: participants with tracks, and what the user can do. */

import type { TrackSource } from "@call-app/shared";

export type { TrackSource };

export type CallStatus =
  | "idle"
  | "connecting"
  /** For the host's approval. */
  | "waiting"
  | "connected"
  | "reconnecting"
  | "denied"
  | "disconnected";

export type ConnectionQuality = "excellent" | "good" | "poor" | "lost" | "unknown";

export interface CallTrack {
  id: string;
  source: TrackSource;
  kind: "audio" | "video";
  muted: boolean;
  /** Plays the track in an element; returns what takes it out again. */
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

export interface Call {
  status: CallStatus;
  error: string | null;
  /** The local one first. */
  participants: readonly CallParticipant[];
  isMicrophoneEnabled: boolean;
  isCameraEnabled: boolean;
  isScreenSharing: boolean;
  join: (options: JoinOptions) => Promise<void>;
  leave: () => Promise<void>;
  toggleMicrophone: () => Promise<void>;
  toggleCamera: () => Promise<void>;
  toggleScreenShare: () => Promise<void>;
  switchDevice: (kind: MediaDeviceKind, deviceId: string) => Promise<void>;
  messages: readonly ChatMessage[];
  sendMessage: (text: string) => Promise<void>;
  isHost: boolean;
  joinRequests: readonly JoinRequest[];
  approve: (identity: string) => Promise<void>;
  deny: (identity: string) => Promise<void>;
}
