import type { Participant, Room } from "livekit-client";

import { isAdmitted, isHost, nameOf } from "./participant";
import { toCallTrack } from "./tracks";
import type { CallParticipant, JoinRequest } from "./types";

/** Those in the call, the local one first. Who waits sees only themselves, and nobody sees them. */
export function participantsOf(room: Room): CallParticipant[] {
  const others = isAdmitted(room.localParticipant)
    ? [...room.remoteParticipants.values()].filter(isAdmitted)
    : [];
  return [room.localParticipant, ...others].map(toCallParticipant);
}

/** Those who wait, for a host. */
export function joinRequestsOf(room: Room): JoinRequest[] {
  if (!isHost(room.localParticipant)) return [];
  return [...room.remoteParticipants.values()]
    .filter((participant) => !isAdmitted(participant))
    .map((participant) => ({ identity: participant.identity, name: nameOf(participant) }));
}

function toCallParticipant(participant: Participant): CallParticipant {
  return {
    identity: participant.identity,
    name: nameOf(participant),
    isLocal: participant.isLocal,
    isHost: isHost(participant),
    isSpeaking: participant.isSpeaking,
    connectionQuality: participant.connectionQuality,
    tracks: participant
      .getTrackPublications()
      .map(toCallTrack)
      .filter((track) => track !== null),
  };
}
