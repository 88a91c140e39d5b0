<% if not session_import %>
import { randomUUID } from "node:crypto";

<% endif %>
import type { FastifyRequest } from "fastify";

<% if session_import %>
import { <%= session_export %> } from "<%= session_import %>";
<% endif %>
import type { Awaitable, CallDecision } from "./types";

<% if session_import %>
/**
 * Who is this, and what may they do in this room? This is the one place that decides.
 */
export function authorizeCall(
  request: FastifyRequest,
  roomId: string,
): Awaitable<CallDecision> {
  return <%= session_export %>(request, roomId);
}
<% else %>
/**
 * Who is this, and what may they do in this room? This is the one place that decides; until it is
 * written, everybody is refused. CallDecision says what it may answer.
 *
 * Take the identity from the session, look the room up, and check that this person may be in it:
 *
 *   const session = await readSession(request);
 *   if (!session) return "no-session";
 *   const room = await rooms.find(roomId);
 *   if (!room || !room.members.includes(session.userId)) return null;
 *   const { userId: identity, name } = session;
 *   const isHost = room.hostId === identity;
 *   return { identity, name, roomId, isHost, mustWait: !isHost };
 */
export function authorizeCall(
  _request: FastifyRequest,
  roomId: string,
): Awaitable<CallDecision> {
  const guests = process.env.LIVEKIT_DEV_GUESTS === "true";
  if (!guests || process.env.NODE_ENV === "production") return null;
  // On a developer's machine, when asked for: anybody, as a host, so that a call can be tried at
  // once.
  const identity = `guest-${randomUUID()}`;
  return { identity, name: "Guest", roomId, isHost: true, mustWait: false };
}
<% endif %>
