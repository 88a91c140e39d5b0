import { useEffect, useRef } from "react";
import type { CallTrack } from "@/call/types";
import styles from "./ParticipantTile.module.css";

interface TrackVideoProps {
  track: CallTrack;
  label: string;
  isMirrored: boolean;
}

export function TrackVideo({ track, label, isMirrored }: TrackVideoProps) {
  const element = useRef<HTMLVideoElement>(null);

  useEffect(() => (element.current ? track.attach(element.current) : undefined), [track]);

  return (
    <video
      ref={element}
      autoPlay
      playsInline
      muted
      aria-label={label}
      className={isMirrored ? styles.mirrored : undefined}
    />
  );
}
