import type { ConnectionQuality } from "@/call/types";
import styles from "./QualityIndicator.module.css";

const BARS: Record<ConnectionQuality, number> = {
  excellent: 3,
  good: 2,
  poor: 1,
  lost: 0,
  unknown: 0,
};

export function QualityIndicator({ quality }: { quality: ConnectionQuality }) {
  if (quality === "unknown") {
    return null;
  }
  return (
    <span
      role="img"
      aria-label={`Connection: ${quality}`}
      className={styles.bars}
      data-quality={quality}
    >
      {[1, 2, 3].map((bar) => (
        <span key={bar} data-on={bar <= BARS[quality]} />
      ))}
    </span>
  );
}
