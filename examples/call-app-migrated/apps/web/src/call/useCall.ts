import type { RoomState } from "@call-app/shared";
import { CloseCode } from "@call-app/shared";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useAdmission } from "./hooks/useAdmission";
import { useChat } from "./hooks/useChat";
import { useConsumers } from "./hooks/useConsumers";
import { useMediaControls } from "./hooks/useMediaControls";
import { useParticipants } from "./hooks/useParticipants";
import { useProducers } from "./hooks/useProducers";
import { useTransports } from "./hooks/useTransports";
import { useSignaling } from "./signaling/useSignaling";
import type { Call, CallStatus, JoinOptions } from "./types";
import { useLiveKitCall } from "../livekit/useLiveKitCall";

// Half a minute in all: longer than a deployment, shorter than anybody's patience.
const RECONNECT_DELAYS_MS = [0, 500, 1000, 2000, 3000, 5000, 5000, 5000, 5000];

const FINAL_CLOSURES: Partial<Record<number, string>> = {
  [CloseCode.Replaced]: "You joined this call from another tab.",
  [CloseCode.Unauthorized]: "Your session has ended. Sign in again.",
};

interface Attempt {
  roomId: string;
  /** A connection that breaks meanwhile is tried again by who tries it now. */
  isConnecting: boolean;
}

const wait = (milliseconds: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** A call: its people, its media, its chat, and the way in and out. */
export function useMediasoupCall(): Call {
  const [status, setStatus] = useState<CallStatus>("idle");
  const [error, setError] = useState<string | null>(null);
  // The room we want to be in; null after leaving. Each join has an object of its own.
  const wanted = useRef<Attempt | null>(null);

  const signaling = useSignaling();
  const transports = useTransports(signaling);
  const producers = useProducers(signaling, transports);
  const consumers = useConsumers(signaling, transports);
  const participants = useParticipants(signaling, producers.tracks, consumers.tracks);
  const chat = useChat(signaling);
  const admission = useAdmission(signaling);
  const controls = useMediaControls(producers);

  const { detach, republish, stop: stopProducers } = producers;
  const { start: startConsumers, stop: stopConsumers } = consumers;
  const { enter: enterParticipants, leave: leaveParticipants } = participants;
  const { reset: resetAdmission } = admission;
  const { clear: clearChat } = chat;
  const { start: startMedia } = controls;

  /** Lets go of what belongs to one connection; tracks and chat outlast it. */
  const disconnectMedia = useCallback(() => {
    stopConsumers();
    detach();
    transports.close();
  }, [stopConsumers, detach, transports]);

  const end = useCallback(
    (finalStatus: CallStatus, reason: string | null = null) => {
      wanted.current = null;
      signaling.close();
      disconnectMedia();
      stopProducers();
      leaveParticipants();
      resetAdmission([]);
      setStatus(finalStatus);
      setError(reason);
    },
    [signaling, disconnectMedia, stopProducers, leaveParticipants, resetAdmission],
  );

  const enter = useCallback(
    async (room: RoomState) => {
      enterParticipants(room);
      resetAdmission(room.joinRequests);
      await transports.open(room.routerRtpCapabilities, () => {
        signaling.drop();
      });
      startConsumers(room.producers);
      await republish();
      setStatus("connected");
    },
    [signaling, transports, enterParticipants, resetAdmission, startConsumers, republish],
  );

  const connect = useCallback(
    async (roomId: string) => {
      await signaling.connect();
      const reply = await signaling.request("join", { roomId });
      if (reply.state === "waiting") {
        setStatus("waiting");
      } else {
        await enter(reply.room);
      }
    },
    [signaling, enter],
  );

  const reconnect = useCallback(async () => {
    const attempt = wanted.current;
    if (!attempt || attempt.isConnecting) {
      return;
    }
    attempt.isConnecting = true;
    setStatus("reconnecting");
    for (const delay of RECONNECT_DELAYS_MS) {
      disconnectMedia();
      await wait(delay);
      if (wanted.current !== attempt) {
        return;
      }
      try {
        await connect(attempt.roomId);
        attempt.isConnecting = false;
        return;
      } catch {
        // The next try, or the end of the list, says it.
      }
    }
    if (wanted.current === attempt) {
      end("disconnected", "The connection to the call was lost.");
    }
  }, [connect, disconnectMedia, end]);

  useEffect(
    () =>
      signaling.onClose((code) => {
        const reason = FINAL_CLOSURES[code];
        if (reason) {
          end("disconnected", reason);
        } else {
          void reconnect();
        }
      }),
    [signaling, reconnect, end],
  );

  useEffect(
    () =>
      signaling.subscribe({
        admitted: ({ room }) => {
          enter(room).catch(() => {
            signaling.drop();
          });
        },
        denied: () => {
          end("denied");
        },
      }),
    [signaling, enter, end],
  );

  const join = useCallback(
    async (options: JoinOptions) => {
      const attempt: Attempt = { roomId: options.roomId, isConnecting: true };
      wanted.current = attempt;
      setError(null);
      clearChat();
      setStatus("connecting");
      await startMedia(options);
      if (wanted.current !== attempt) {
        stopProducers();
        return;
      }
      try {
        await connect(options.roomId);
        attempt.isConnecting = false;
      } catch (caught) {
        if (wanted.current === attempt) {
          end("disconnected", caught instanceof Error ? caught.message : "Joining failed.");
        }
      }
    },
    [clearChat, startMedia, stopProducers, connect, end],
  );

  const leave = useCallback(() => {
    // Whether it arrives or not: the server sees the connection close.
    signaling.request("leave", {}).catch(() => undefined);
    end("disconnected");
    return Promise.resolve();
  }, [signaling, end]);

  // Closing the page or going to another one leaves the call.
  useEffect(() => {
    const leaveNow = () => {
      if (wanted.current) {
        end("idle");
      }
    };
    window.addEventListener("pagehide", leaveNow);
    return () => {
      window.removeEventListener("pagehide", leaveNow);
      leaveNow();
    };
  }, [end]);

  return useMemo(
    () => ({
      status,
      error: error ?? controls.error,
      participants: participants.participants,
      isHost: participants.isHost,
      isMicrophoneEnabled: controls.isMicrophoneEnabled,
      isCameraEnabled: controls.isCameraEnabled,
      isScreenSharing: controls.isScreenSharing,
      join,
      leave,
      toggleMicrophone: controls.toggleMicrophone,
      toggleCamera: controls.toggleCamera,
      toggleScreenShare: controls.toggleScreenShare,
      switchDevice: controls.switchDevice,
      messages: chat.messages,
      sendMessage: chat.sendMessage,
      joinRequests: admission.joinRequests,
      approve: admission.approve,
      deny: admission.deny,
    }),
    [status, error, participants, controls, chat, admission, join, leave],
  );
}

/** Decided once, when this module is loaded: no component ever changes between the two. */
export const USE_LIVEKIT = process.env.NEXT_PUBLIC_USE_LIVEKIT === "true";

export const useCall: typeof useMediasoupCall = USE_LIVEKIT ? useLiveKitCall : useMediasoupCall;
