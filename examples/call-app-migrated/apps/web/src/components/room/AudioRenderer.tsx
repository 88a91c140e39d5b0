"use client";

import { useEffect, useRef } from "react";
import { useCallContext } from "@/call/CallProvider";
import type { CallTrack } from "@/call/types";

function TrackAudio({ track, owner }: { track: CallTrack; owner: string }) {
  const element = useRef<HTMLAudioElement>(null);

  useEffect(() => (element.current ? track.attach(element.current) : undefined), [track]);

  return <audio ref={element} autoPlay data-identity={owner} data-source={track.source} />;
}

/** Plays what the others say and what their screens sound like. */
export function AudioRenderer() {
  const { participants } = useCallContext();
  return participants
    .filter(({ isLocal }) => !isLocal)
    .flatMap(({ identity, tracks }) =>
      tracks
        .filter(({ kind }) => kind === "audio")
        .map((track) => <TrackAudio key={track.id} track={track} owner={identity} />),
    );
}
