import { DisconnectReason, Room, RoomEvent } from "livekit-client";
import type { RoomOptions } from "livekit-client";

import { answerJoinRequest, ApiError, fetchTicket } from "./api";
import { onChatMessage, sendChatMessage } from "./chat";
import { describeDeviceError, describeDisconnect, describeJoinError } from "./errors";
import { isAdmitted, mayPublish } from "./participant";
import { INITIAL, isCameraEnabled, isMicrophoneEnabled, stateOf } from "./state";
import type { Own } from "./state";
import type { Call, CallActions, ChatMessage, JoinOptions } from "./types";

const ROOM_OPTIONS: RoomOptions = {
  // Receive each video only in the size in which it is shown, and send only the layers that
  // somebody receives.
  adaptiveStream: true,
  dynacast: true,
};

const MESSAGES_KEPT = 500;

/** Whatever changes what `CallState` says. */
const CHANGES = [
  RoomEvent.ConnectionStateChanged,
  RoomEvent.ParticipantConnected,
  RoomEvent.ParticipantDisconnected,
  RoomEvent.ParticipantNameChanged,
  RoomEvent.ParticipantAttributesChanged,
  RoomEvent.ParticipantPermissionsChanged,
  RoomEvent.ActiveSpeakersChanged,
  RoomEvent.ConnectionQualityChanged,
  RoomEvent.TrackSubscribed,
  RoomEvent.TrackUnsubscribed,
  RoomEvent.TrackUnpublished,
  RoomEvent.TrackMuted,
  RoomEvent.TrackUnmuted,
  RoomEvent.LocalTrackPublished,
  RoomEvent.LocalTrackUnpublished,
] as const;

/** A call outside React, for `useSyncExternalStore`. */
export interface LiveKitCall {
  room: Room;
  subscribe: (listener: () => void) => () => void;
  /** The same object until something changes. */
  getCall: () => Call;
  /** Leaves, and forgets the call. */
  close: () => void;
}

export function createLiveKitCall(): LiveKitCall {
  const room = new Room(ROOM_OPTIONS);
  const listeners = new Set<() => void>();
  let own = INITIAL;
  let joining = new AbortController();

  function change(next: Partial<Own> = {}): void {
    own = { ...own, ...next };
    call = { ...stateOf(room, own), ...actions };
    for (const listener of listeners) listener();
  }

  /** Runs what uses a device; what goes wrong ends in `error`, and the call goes on. */
  async function withDevice(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      change({ error: describeDeviceError(error) });
    }
  }

  async function setMicrophone(enabled: boolean): Promise<void> {
    change({ microphone: enabled, error: null });
    if (!mayPublish(room.localParticipant)) return;
    await withDevice(() => room.localParticipant.setMicrophoneEnabled(enabled));
  }

  async function setCamera(enabled: boolean): Promise<void> {
    change({ camera: enabled, error: null });
    if (!mayPublish(room.localParticipant)) return;
    await withDevice(() => room.localParticipant.setCameraEnabled(enabled));
  }

  async function publishWanted(): Promise<void> {
    await Promise.all([setMicrophone(own.microphone), setCamera(own.camera)]);
  }

  async function join({
    roomId,
    microphone,
    camera,
    microphoneId,
    cameraId,
  }: JoinOptions): Promise<void> {
    // A call of `join` or `leave` ends the one before, wherever that is: in React's strict mode
    // they come in pairs.
    joining.abort();
    joining = new AbortController();
    const { signal } = joining;
    const isOver = () => signal.aborted;
    change({ phase: "connecting", error: null, roomId, microphone, camera, messages: [] });
    try {
      await room.disconnect();
      if (microphoneId) await room.switchActiveDevice("audioinput", microphoneId);
      if (cameraId) await room.switchActiveDevice("videoinput", cameraId);
      const { url, token } = await fetchTicket(roomId, signal);
      if (isOver()) return;
      await room.connect(url, token);
      if (isOver()) return;
      change({ phase: "joined" });
    } catch (error) {
      if (isOver()) return;
      const refused = error instanceof ApiError && error.status === 403;
      change({ phase: refused ? "denied" : "disconnected", error: describeJoinError(error) });
      return;
    }
    await publishWanted();
  }

  async function leave(): Promise<void> {
    joining.abort();
    if (own.phase === "idle") return;
    change({ phase: "disconnected", error: null });
    await room.disconnect();
  }

  function onDisconnected(reason?: DisconnectReason): void {
    // While joining, `join` tells what went wrong.
    if (own.phase !== "joined") return;
    const denied =
      !isAdmitted(room.localParticipant) && reason === DisconnectReason.PARTICIPANT_REMOVED;
    change({
      phase: denied ? "denied" : "disconnected",
      error: denied ? null : describeDisconnect(reason),
    });
  }

  async function toggleScreenShare(): Promise<void> {
    const { localParticipant } = room;
    try {
      await localParticipant.setScreenShareEnabled(!localParticipant.isScreenShareEnabled, {
        audio: true,
        // Text that can be read matters more than motion that is smooth.
        contentHint: "detail",
      });
    } catch (error) {
      // Closing the browser's picker is an answer, not an error.
      if (error instanceof Error && error.name === "NotAllowedError") return;
      change({ error: "The screen cannot be shared." });
    }
  }

  async function sendMessage(text: string): Promise<void> {
    if (text.trim() === "") return;
    try {
      addMessage(await sendChatMessage(room, text.trim()));
    } catch {
      change({ error: "The message was not sent." });
    }
  }

  function addMessage(message: ChatMessage): void {
    change({ messages: [...own.messages, message].slice(-MESSAGES_KEPT) });
  }

  async function answer(identity: string, decision: "approve" | "deny"): Promise<void> {
    try {
      await answerJoinRequest(own.roomId, identity, decision);
    } catch {
      change({ error: "The answer to the join request did not reach the server." });
    }
  }

  const actions: CallActions = {
    join,
    leave,
    toggleMicrophone: () => setMicrophone(!isMicrophoneEnabled(room, own)),
    toggleCamera: () => setCamera(!isCameraEnabled(room, own)),
    toggleScreenShare,
    switchDevice: (kind, deviceId) => withDevice(() => room.switchActiveDevice(kind, deviceId)),
    sendMessage,
    approve: (identity) => answer(identity, "approve"),
    deny: (identity) => answer(identity, "deny"),
  };
  let call: Call = { ...stateOf(room, own), ...actions };

  for (const event of CHANGES) {
    room.on(event, () => {
      change();
    });
  }
  room.on(RoomEvent.Disconnected, onDisconnected);
  room.on(RoomEvent.ParticipantPermissionsChanged, (before, participant) => {
    const letIn = participant.isLocal && own.phase === "joined" && before?.canPublish !== true;
    if (letIn) void publishWanted();
  });
  onChatMessage(room, addMessage);

  return {
    room,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    getCall: () => call,
    close: () => {
      joining.abort();
      if (own.phase === "idle") return;
      change(INITIAL);
      void room.disconnect();
    },
  };
}
