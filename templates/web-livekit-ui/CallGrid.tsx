<% if web == "next" %>
"use client";

<% endif %>
import { useTracks } from "@livekit/components-react";
import { Track } from "livekit-client";

import { isAdmitted } from "../participant";
import { CallTile } from "./CallTile";

/** Everybody in the call, and every shared screen. */
export function CallGrid() {
  const references = useTracks([
    { source: Track.Source.ScreenShare, withPlaceholder: false },
    // Who has no camera on has a tile, too.
    { source: Track.Source.Camera, withPlaceholder: true },
  ]);

  return (
    <ul className="lk-call-grid" aria-label="Participants">
      {references
        .filter(({ participant }) => isAdmitted(participant))
        .map((reference) => (
          <CallTile
            key={`${reference.participant.identity} ${reference.source}`}
            reference={reference}
          />
        ))}
    </ul>
  );
}
