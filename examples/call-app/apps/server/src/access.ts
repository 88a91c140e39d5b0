import type { Context } from "hono";
import { UserError } from "./errors";
import type { Services } from "./services";
import { readSession } from "./session";

/** Who asks, and what they may do in a room. Without a session they may not even ask. */
export function roomAccess({ rooms, admission }: Services, sessionSecret: string) {
  return async (c: Context, roomId: string) => {
    const session = await readSession(c, sessionSecret);
    if (!session) {
      throw new UserError("Sign in first", 401);
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
