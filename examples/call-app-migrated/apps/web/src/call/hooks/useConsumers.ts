import type { ProducerInfo } from "@call-app/shared";
import type { Consumer } from "mediasoup-client/types";
import { useEffect, useMemo, useRef, useState } from "react";
import { attachTrack } from "../attachTrack";
import type { Signaling } from "../signaling/useSignaling";
import type { CallTrack } from "../types";
import type { Transports } from "./useTransports";

export interface RemoteTrack extends CallTrack {
  identity: string;
}

export interface Consumers {
  tracks: readonly RemoteTrack[];
  /** Receives these producers, and from now on each new one. */
  start: (producers: readonly ProducerInfo[]) => void;
  stop: () => void;
}

function toRemoteTrack(info: ProducerInfo, consumer: Consumer, muted: boolean): RemoteTrack {
  const { track } = consumer;
  return {
    id: info.producerId,
    identity: info.identity,
    source: info.source,
    kind: info.kind,
    muted,
    attach: (element) => attachTrack(track, element),
  };
}

/** What we receive: a consumer for each producer of the others. */
export function useConsumers(signaling: Signaling, transports: Transports): Consumers {
  const consumers = useRef(new Map<string, Consumer>());
  const paused = useRef(new Map<string, boolean>());
  // Producers that were announced before the transports were open; null once they are.
  const backlog = useRef<ProducerInfo[] | null>([]);
  // mediasoup-client negotiates one consumer after the other.
  const queue = useRef(Promise.resolve());
  const [tracks, setTracks] = useState<readonly RemoteTrack[]>([]);

  const actions = useMemo(() => {
    const consume = async (info: ProducerInfo) => {
      const receiving = transports.receive();
      if (!receiving) {
        return;
      }
      const { transport, rtpCapabilities } = receiving;
      const reply = await signaling.request("consume", {
        producerId: info.producerId,
        rtpCapabilities,
      });
      const consumer = await transport.consume({
        id: reply.consumerId,
        producerId: reply.producerId,
        kind: reply.kind,
        rtpParameters: reply.rtpParameters,
        // One stream for each participant and purpose, so that lips and voice stay together.
        streamId: `${info.identity}-${info.source.startsWith("screen") ? "screen" : "user"}`,
      });
      consumers.current.set(info.producerId, consumer);
      const muted = paused.current.get(info.producerId) ?? reply.producerPaused;
      setTracks((before) => [...before, toRemoteTrack(info, consumer, muted)]);
      await signaling.request("resumeConsumer", { consumerId: reply.consumerId });
    };

    const add = (info: ProducerInfo) => {
      if (backlog.current) {
        backlog.current.push(info);
        return;
      }
      queue.current = queue.current
        .then(() => consume(info))
        .catch((error: unknown) => {
          // Most often it was closed in the meantime.
          console.warn(`cannot receive ${info.source} of ${info.identity}`, error);
        });
    };

    return {
      add,

      remove(producerId: string) {
        backlog.current = backlog.current?.filter((info) => info.producerId !== producerId) ?? null;
        consumers.current.get(producerId)?.close();
        consumers.current.delete(producerId);
        setTracks((before) => before.filter(({ id }) => id !== producerId));
      },

      setMuted(producerId: string, muted: boolean) {
        paused.current.set(producerId, muted);
        setTracks((before) =>
          before.map((track) => (track.id === producerId ? { ...track, muted } : track)),
        );
      },

      start(producers: readonly ProducerInfo[]) {
        const announced = new Map(
          [...producers, ...(backlog.current ?? [])].map((info) => [info.producerId, info]),
        );
        backlog.current = null;
        announced.forEach(add);
      },

      stop() {
        backlog.current = [];
        paused.current.clear();
        for (const consumer of consumers.current.values()) {
          consumer.close();
        }
        consumers.current.clear();
        setTracks([]);
      },
    };
  }, [signaling, transports]);

  useEffect(
    () =>
      signaling.subscribe({
        newProducer: actions.add,
        producerClosed: ({ producerId }) => {
          actions.remove(producerId);
        },
        producerPaused: ({ producerId }) => {
          actions.setMuted(producerId, true);
        },
        producerResumed: ({ producerId }) => {
          actions.setMuted(producerId, false);
        },
      }),
    [signaling, actions],
  );

  return useMemo(() => ({ ...actions, tracks }), [actions, tracks]);
}
