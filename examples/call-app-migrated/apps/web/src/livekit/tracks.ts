import { Track } from "livekit-client";
import type { TrackPublication } from "livekit-client";

import type { CallTrack, TrackSource } from "./types";

const SOURCES: Partial<Record<Track.Source, TrackSource>> = {
  [Track.Source.Camera]: "camera",
  [Track.Source.Microphone]: "microphone",
  [Track.Source.ScreenShare]: "screen",
  [Track.Source.ScreenShareAudio]: "screen-audio",
};

interface Known {
  track: Track;
  muted: boolean;
  shown: CallTrack;
}

/**
 * One object for as long as nothing changes, so that an effect that attaches it does not run again.
 */
const known = new WeakMap<TrackPublication, Known>();

/**
 * Null while there is nothing to show, as before the subscription, or for a track of another kind.
 */
export function toCallTrack(publication: TrackPublication): CallTrack | null {
  const { track, isMuted: muted } = publication;
  const source = SOURCES[publication.source];
  if (!track || !source) return null;
  const before = known.get(publication);
  if (before?.track === track && before.muted === muted) return before.shown;
  const shown: CallTrack = {
    id: publication.trackSid,
    source,
    kind: track.kind === Track.Kind.Audio ? "audio" : "video",
    muted,
    attach: (element) => attach(track, element),
  };
  known.set(publication, { track, muted, shown });
  return shown;
}

/**
 * Through the SDK and not by `srcObject`: adaptive stream stops the video of a track that it does
 * not see in any element.
 */
function attach(track: Track, element: HTMLMediaElement): () => void {
  track.attach(element);
  return () => {
    track.detach(element);
  };
}
