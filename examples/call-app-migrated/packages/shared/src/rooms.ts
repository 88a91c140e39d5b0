/** What the REST API answers. */

export interface Session {
  identity: string;
  name: string;
}

export interface Room {
  id: string;
  name: string;
  hostIdentity: string;
  requiresApproval: boolean;
  createdAt: string;
}

export interface RoomDetails extends Room {
  isHost: boolean;
  /** The host has to let this one in first. */
  mustWait: boolean;
  /** How many people are in the call at this moment. */
  participantCount: number;
}

/** One stay of one person in a call. */
export interface CallRecord {
  id: string;
  roomId: string;
  roomName: string;
  identity: string;
  name: string;
  joinedAt: string;
  leftAt: string | null;
}

export const MAX_NAME_LENGTH = 60;
export const MAX_MESSAGE_LENGTH = 2000;
