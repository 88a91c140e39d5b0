// What an app of its own would have: a session in a cookie, and rooms with hosts and members.
import { appendFile } from "node:fs/promises";

import type { CallDecision } from "./livekit/types";

export function whoCalls(request: unknown, roomId: string): CallDecision {
  const identity = /(?:^|;\s*)who=([a-z]+)/.exec(cookieOf(request))?.[1];
  if (!identity) return "no-session";
  if (roomId === "private") return null;
  const isHost = identity === "alice";
  const mustWait = roomId === "guarded" && !isHost;
  const canPublish = identity !== "viewer";
  const approve = (guest: string) => appendFile(process.env.EVENTS_LOG ?? "events", `approved ${guest}\n`);
  return { identity, name: identity.toUpperCase(), roomId, isHost, canPublish, mustWait, approve };
}

function cookieOf(request: unknown): string {
  // Hono's context has the request inside; Express' and Fastify's has the headers.
  const inner = (request as { req?: { header?: (name: string) => string | undefined } }).req;
  if (typeof inner?.header === "function") return inner.header("cookie") ?? "";
  return (request as { headers: { cookie?: string } }).headers.cookie ?? "";
}
