"use client";

import { useCallContext } from "@/call/CallProvider";
import type { CallParticipant } from "@/call/types";
import styles from "./ParticipantGrid.module.css";
import { ParticipantTile } from "./ParticipantTile";

/** A tile for each person, and one more for each screen, which comes first and largest. */
export function ParticipantGrid() {
  const { participants } = useCallContext();
  const screens = participants.filter(({ tracks }) => tracks.some(({ source }) => source === "screen"));
  const tiles = (who: readonly CallParticipant[], source: "camera" | "screen") =>
    who.map((participant) => (
      <ParticipantTile
        key={`${participant.identity}-${source}`}
        participant={participant}
        source={source}
      />
    ));

  return (
    <div className={styles.layout} data-screens={screens.length}>
      {screens.length > 0 && (
        <ul className={styles.screens} aria-label="Shared screens">
          {tiles(screens, "screen")}
        </ul>
      )}
      <ul className={styles.people} data-count={participants.length} aria-label="Participants">
        {tiles(participants, "camera")}
      </ul>
    </div>
  );
}
