import { randomUUID } from "node:crypto";
import type { Context } from "hono";

import type { Awaitable, CallAuthorization } from "./types<%= ext %>";

/**
 * Who is this, and what may they do in this room? Null refuses. This is the one place that decides; until it is
 * written, everybody is refused.
 *
 * Take the identity from the session, look the room up, and check that this person may be in it:
 *
 *   const session = await readSession(context);
 *   const room = session && (await rooms.find(roomId));
 *   if (!room || !room.members.includes(session.userId)) return null;
 *   const isHost = room.hostId === session.userId;
 *   return { identity: session.userId, name: session.name, roomId, isHost, canPublish: true, mustWait: !isHost };
 */
export function authorizeCall(_context: Context, roomId: string): Awaitable<CallAuthorization | null> {
  if (process.env.NODE_ENV === "production" || process.env.LIVEKIT_DEV_GUESTS !== "true") return null;
  // On a developer's machine, when asked for: anybody, as a host, so that a call can be tried at once.
  return { identity: `guest-${randomUUID()}`, name: "Guest", roomId, isHost: true, canPublish: true, mustWait: false };
}
