import { ConnectionState } from "livekit-client";
import type { Room } from "livekit-client";

import { joinRequestsOf, participantsOf } from "./participant-list";
import { isAdmitted, isHost, mayPublish } from "./participant";
import type { CallState, CallStatus, ChatMessage } from "./types";

/** What the room itself does not know. */
export interface Own {
  phase: "idle" | "connecting" | "joined" | "denied" | "disconnected";
  error: string | null;
  roomId: string;
  /** What to send as soon as we may. */
  microphone: boolean;
  camera: boolean;
  messages: readonly ChatMessage[];
}

export const INITIAL: Own = {
  phase: "idle",
  error: null,
  roomId: "",
  microphone: false,
  camera: false,
  messages: [],
};

export function stateOf(room: Room, own: Own): CallState {
  const { localParticipant } = room;
  const joined = own.phase === "joined";
  return {
    status: statusOf(room, own),
    error: own.error,
    participants: joined ? participantsOf(room) : [],
    isMicrophoneEnabled: isMicrophoneEnabled(room, own),
    isCameraEnabled: isCameraEnabled(room, own),
    isScreenSharing: joined && localParticipant.isScreenShareEnabled,
    messages: own.messages,
    isHost: joined && isHost(localParticipant),
    joinRequests: joined ? joinRequestsOf(room) : [],
  };
}

function statusOf(room: Room, { phase }: Own): CallStatus {
  if (phase !== "joined") return phase;
  switch (room.state) {
    case ConnectionState.Disconnected:
      return "disconnected";
    case ConnectionState.Connecting:
      return "connecting";
    case ConnectionState.Reconnecting:
    case ConnectionState.SignalReconnecting:
      return "reconnecting";
    case ConnectionState.Connected:
      return isAdmitted(room.localParticipant) ? "connected" : "waiting";
  }
}

/** Before we may send, the switch says what will be sent. */
export function isMicrophoneEnabled({ localParticipant }: Room, own: Own): boolean {
  return mayPublish(localParticipant) ? localParticipant.isMicrophoneEnabled : own.microphone;
}

export function isCameraEnabled({ localParticipant }: Room, own: Own): boolean {
  return mayPublish(localParticipant) ? localParticipant.isCameraEnabled : own.camera;
}
