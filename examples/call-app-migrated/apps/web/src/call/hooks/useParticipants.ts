import type { PeerInfo, RoomState } from "@call-app/shared";
import { useEffect, useMemo, useReducer } from "react";
import type { Signaling } from "../signaling/useSignaling";
import type { CallParticipant, CallTrack, ConnectionQuality } from "../types";
import type { RemoteTrack } from "./useConsumers";

interface State {
  self: PeerInfo | null;
  peers: readonly PeerInfo[];
  speakers: readonly string[];
  scores: ReadonlyMap<string, number>;
}

type Action =
  | { type: "entered"; room: RoomState }
  | { type: "left" }
  | { type: "peerJoined"; peer: PeerInfo }
  | { type: "peerLeft"; identity: string }
  | { type: "activeSpeakers"; identities: readonly string[] }
  | { type: "producerScore"; identity: string; score: number };

const EMPTY: State = { self: null, peers: [], speakers: [], scores: new Map() };

function without(peers: readonly PeerInfo[], identity: string): PeerInfo[] {
  return peers.filter((peer) => peer.identity !== identity);
}

function reduce(state: State, action: Action): State {
  switch (action.type) {
    case "entered":
      return { ...EMPTY, self: action.room.self, peers: action.room.peers };
    case "left":
      return EMPTY;
    case "peerJoined":
      return { ...state, peers: [...without(state.peers, action.peer.identity), action.peer] };
    case "peerLeft":
      return { ...state, peers: without(state.peers, action.identity) };
    case "activeSpeakers":
      return { ...state, speakers: action.identities };
    case "producerScore":
      return { ...state, scores: new Map(state.scores).set(action.identity, action.score) };
  }
}

function toQuality(score: number | undefined): ConnectionQuality {
  if (score === undefined) {
    return "unknown";
  }
  if (score >= 8) {
    return "excellent";
  }
  if (score >= 5) {
    return "good";
  }
  return score > 0 ? "poor" : "lost";
}

export interface Participants {
  participants: readonly CallParticipant[];
  isHost: boolean;
  enter: (room: RoomState) => void;
  leave: () => void;
}

/** Who is in the call, with what they send and how they are. */
export function useParticipants(
  signaling: Signaling,
  localTracks: readonly CallTrack[],
  remoteTracks: readonly RemoteTrack[],
): Participants {
  const [state, send] = useReducer(reduce, EMPTY);

  useEffect(
    () =>
      signaling.subscribe({
        peerJoined: (peer) => {
          send({ type: "peerJoined", peer });
        },
        peerLeft: ({ identity }) => {
          send({ type: "peerLeft", identity });
        },
        activeSpeakers: ({ identities }) => {
          send({ type: "activeSpeakers", identities });
        },
        producerScore: ({ identity, score }) => {
          send({ type: "producerScore", identity, score });
        },
      }),
    [signaling],
  );

  const actions = useMemo(
    () => ({
      enter: (room: RoomState) => {
        send({ type: "entered", room });
      },
      leave: () => {
        send({ type: "left" });
      },
    }),
    [],
  );

  const participants = useMemo(() => {
    const { self, peers, speakers, scores } = state;
    if (!self) {
      return [];
    }
    return [self, ...peers].map(
      (peer): CallParticipant => ({
        ...peer,
        isLocal: peer === self,
        isSpeaking: speakers.includes(peer.identity),
        connectionQuality: toQuality(scores.get(peer.identity)),
        tracks:
          peer === self
            ? localTracks
            : remoteTracks.filter(({ identity }) => identity === peer.identity),
      }),
    );
  }, [state, localTracks, remoteTracks]);

  const isHost = state.self?.isHost ?? false;
  return useMemo(() => ({ ...actions, participants, isHost }), [actions, participants, isHost]);
}
