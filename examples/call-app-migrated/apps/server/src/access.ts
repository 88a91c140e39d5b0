import type { Context } from "hono";
import type { Services } from "./services";
import { readSession } from "./session";

/** Who asks, and what they may do in a room; null for somebody without a session. */
export function roomAccess({ rooms, admission }: Services, sessionSecret: string) {
  return async (c: Context, roomId: string) => {
    const session = await readSession(c, sessionSecret);
    if (!session) {
      return null;
    }
    const room = await rooms.get(roomId);
    return {
      ...session,
      roomId: room.id,
      isHost: rooms.isHost(room, session.identity),
      // Nobody only watches: who is let in takes part.
      canPublish: true,
      mustWait: !(await admission.mayEnter(room, session.identity)),
      approve: (identity: string) => admission.approve(room, identity),
    };
  };
}
