import { useEffect, useRef } from "react";
import { attachTrack } from "@/call/attachTrack";
import { Icon } from "@/components/ui/Icon";
import styles from "./Lobby.module.css";

export function PreviewVideo({ track }: { track: MediaStreamTrack | null }) {
  const element = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    if (track && element.current) {
      return attachTrack(track, element.current);
    }
    return undefined;
  }, [track]);

  return (
    <div className={styles.preview}>
      {track ? (
        <video ref={element} autoPlay playsInline muted aria-label="Camera preview" />
      ) : (
        <div className={styles.placeholder}>
          <Icon name="camera-off" size={40} />
          <p>Camera is off</p>
        </div>
      )}
    </div>
  );
}
