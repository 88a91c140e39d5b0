import type { CallParticipant } from "@/call/types";
import { Icon } from "@/components/ui/Icon";
import styles from "./ParticipantTile.module.css";
import { QualityIndicator } from "./QualityIndicator";
import { TrackVideo } from "./TrackVideo";

interface ParticipantTileProps {
  participant: CallParticipant;
  source: "camera" | "screen";
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join("");
}

export function ParticipantTile({ participant, source }: ParticipantTileProps) {
  const { identity, name, isLocal, isHost, isSpeaking, tracks } = participant;
  const isScreen = source === "screen";
  const video = tracks.find((track) => track.source === source && !track.muted);
  const isAudible = tracks.some((track) => track.source === "microphone" && !track.muted);
  const caption = isScreen ? `${name}'s screen` : isLocal ? `${name} (you)` : name;

  return (
    <li
      className={styles.tile}
      aria-label={caption}
      data-identity={identity}
      data-source={source}
      data-local={isLocal}
      data-speaking={isSpeaking && !isScreen}
    >
      {video ? (
        <TrackVideo
          track={video}
          label={isScreen ? caption : `Camera of ${name}`}
          isMirrored={isLocal && !isScreen}
        />
      ) : (
        <div className={styles.avatar} aria-hidden="true">
          {initials(name)}
        </div>
      )}
      <div className={styles.caption}>
        {!isScreen && !isAudible && (
          <span role="img" aria-label="Microphone off" className={styles.muted}>
            <Icon name="microphone-off" size={16} />
          </span>
        )}
        <span className={styles.name}>{caption}</span>
        {isHost && !isScreen && <span className={styles.badge}>Host</span>}
        {!isScreen && <QualityIndicator quality={participant.connectionQuality} />}
      </div>
    </li>
  );
}
