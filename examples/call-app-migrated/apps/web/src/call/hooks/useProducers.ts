import type { Producer, ProducerOptions } from "mediasoup-client/types";
import { useMemo, useRef, useState } from "react";
import { attachTrack } from "../attachTrack";
import { cameraEncodings, screenEncodings } from "../media";
import type { Signaling } from "../signaling/useSignaling";
import type { CallTrack, TrackSource } from "../types";
import type { Transports } from "./useTransports";

interface LocalMedia {
  track: MediaStreamTrack;
  muted: boolean;
  producer: Producer | null;
}

export interface Producers {
  tracks: readonly CallTrack[];
  has: (source: TrackSource) => boolean;
  /** Takes a track over; it is sent as soon as there is a call. */
  publish: (source: TrackSource, track: MediaStreamTrack) => Promise<void>;
  unpublish: (source: TrackSource) => Promise<void>;
  setMuted: (source: TrackSource, muted: boolean) => Promise<void>;
  replace: (source: TrackSource, track: MediaStreamTrack) => Promise<void>;
  /** Sends all tracks through new transports. */
  republish: () => Promise<void>;
  /** The transports are gone; the tracks stay for `republish`. */
  detach: () => void;
  stop: () => void;
}

const OPTIONS: Record<TrackSource, ProducerOptions> = {
  camera: { encodings: cameraEncodings, codecOptions: { videoGoogleStartBitrate: 1000 } },
  microphone: { codecOptions: { opusStereo: false, opusDtx: true, opusFec: true } },
  screen: { encodings: screenEncodings },
  "screen-audio": { codecOptions: { opusStereo: true } },
};

function toCallTrack(source: TrackSource, { track, muted }: LocalMedia): CallTrack {
  return {
    id: track.id,
    source,
    kind: track.kind === "video" ? "video" : "audio",
    muted,
    attach: (element) => attachTrack(track, element),
  };
}

/** What we send: a track for each source, and its producer while there is a call. */
export function useProducers(signaling: Signaling, transports: Transports): Producers {
  const media = useRef(new Map<TrackSource, LocalMedia>());
  const [tracks, setTracks] = useState<readonly CallTrack[]>([]);

  const actions = useMemo(() => {
    const render = () => {
      setTracks([...media.current].map(([source, local]) => toCallTrack(source, local)));
    };

    const produce = async (source: TrackSource, local: LocalMedia) => {
      const transport = transports.send();
      if (!transport || local.producer) {
        return;
      }
      const producer = await transport.produce({
        ...OPTIONS[source],
        track: local.track,
        // We stop tracks ourselves: they outlive the producer when the connection breaks.
        stopTracks: false,
        appData: { source },
      });
      if (media.current.get(source) !== local) {
        producer.close();
        await signaling.request("closeProducer", { producerId: producer.id });
        return;
      }
      local.producer = producer;
      if (local.muted) {
        producer.pause();
        await signaling.request("pauseProducer", { producerId: producer.id });
      }
    };

    const unpublish = async (source: TrackSource) => {
      const local = media.current.get(source);
      if (!local) {
        return;
      }
      media.current.delete(source);
      render();
      local.track.stop();
      if (local.producer && !local.producer.closed) {
        local.producer.close();
        await signaling.request("closeProducer", { producerId: local.producer.id });
      }
    };

    return {
      has: (source: TrackSource) => media.current.has(source),

      async publish(source: TrackSource, track: MediaStreamTrack) {
        await unpublish(source);
        const local: LocalMedia = { track, muted: false, producer: null };
        media.current.set(source, local);
        // The user stops sharing in the browser's own bar, or unplugs the camera.
        track.addEventListener("ended", () => {
          if (media.current.get(source)?.track === track) {
            void unpublish(source).catch(() => undefined);
          }
        });
        render();
        await produce(source, local);
      },

      unpublish,

      async setMuted(source: TrackSource, muted: boolean) {
        const local = media.current.get(source);
        if (!local) {
          return;
        }
        local.muted = muted;
        local.track.enabled = !muted;
        render();
        if (local.producer) {
          const { producer } = local;
          if (muted) {
            producer.pause();
          } else {
            producer.resume();
          }
          await signaling.request(muted ? "pauseProducer" : "resumeProducer", {
            producerId: producer.id,
          });
        }
      },

      async replace(source: TrackSource, track: MediaStreamTrack) {
        const local = media.current.get(source);
        if (!local) {
          track.stop();
          return;
        }
        const previous = local.track;
        track.enabled = !local.muted;
        local.track = track;
        await local.producer?.replaceTrack({ track });
        previous.stop();
        render();
      },

      async republish() {
        await Promise.all([...media.current].map(([source, local]) => produce(source, local)));
      },

      detach() {
        for (const local of media.current.values()) {
          local.producer = null;
        }
      },

      stop() {
        for (const { track } of media.current.values()) {
          track.stop();
        }
        media.current.clear();
        render();
      },
    };
  }, [signaling, transports]);

  return useMemo(() => ({ ...actions, tracks }), [actions, tracks]);
}
