<% if web == "next" %>
"use client";

<% endif %>
import {
  isTrackReference,
  useConnectionQualityIndicator,
  useIsMuted,
  useIsSpeaking,
  useParticipantInfo,
  VideoTrack,
} from "@livekit/components-react";
import type { TrackReferenceOrPlaceholder } from "@livekit/components-react";
import { Track } from "livekit-client";

import { nameOf } from "../participant";

/** One participant, or the screen that one shares. */
export function CallTile({ reference }: { reference: TrackReferenceOrPlaceholder }) {
  const { participant, source } = reference;
  const name = nameOf(useParticipantInfo({ participant }));
  const { quality } = useConnectionQualityIndicator({ participant });
  const isSpeaking = useIsSpeaking(participant);
  const isCameraOff = useIsMuted(reference);
  const isSilent = useIsMuted({ participant, source: Track.Source.Microphone });
  const isScreen = source === Track.Source.ScreenShare;

  return (
    <li className="lk-call-tile" data-speaking={isSpeaking && !isScreen} data-screen={isScreen}>
      {isTrackReference(reference) && !isCameraOff && (
        <VideoTrack
          trackRef={reference}
          className={participant.isLocal && !isScreen ? "lk-call-mirrored" : undefined}
        />
      )}
      <p className="lk-call-label">
        {isScreen ? `The screen of ${name}` : name}
        {participant.isLocal && " (you)"}
        {!isScreen && isSilent && <span className="lk-call-mark">muted</span>}
        {!isScreen && <span className="lk-call-mark">{`connection: ${quality}`}</span>}
      </p>
    </li>
  );
}
