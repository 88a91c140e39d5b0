import type { Room } from "@call-app/shared";
import type { Context } from "hono";
import { readSession } from "../session";
import type { Services } from ".";

/** What one person may do in one room. */
export interface RoomAccess {
  room: Room;
  roomId: string;
  identity: string;
  name: string;
  isHost: boolean;
  /** For the host's approval. */
  mustWait: boolean;
  /** Lets somebody in, from now on; for hosts. */
  approve: (identity: string) => Promise<void>;
}

/** @returns what tells for a request: null without a session; it throws UserError for no such room. */
export function roomAccess({ rooms, admission }: Services, sessionSecret: string) {
  return async (c: Context, roomId: string): Promise<RoomAccess | null> => {
    const session = await readSession(c, sessionSecret);
    if (!session) {
      return null;
    }
    const room = await rooms.get(roomId);
    return {
      ...session,
      room,
      roomId,
      isHost: rooms.isHost(room, session.identity),
      mustWait: !(await admission.mayEnter(room, session.identity)),
      approve: (identity) => admission.approve(room, identity),
    };
  };
}
