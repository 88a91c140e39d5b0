import { randomUUID } from "node:crypto";
import type { Session } from "@call-app/shared";
import { MAX_NAME_LENGTH } from "@call-app/shared";
import type { Context } from "hono";
import { getSignedCookie, setSignedCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import { parseSigned } from "hono/utils/cookie";
import { z } from "zod";
import { UserError } from "./errors";

const COOKIE = "call_session";
const MAX_AGE_SECONDS = 30 * 24 * 60 * 60;

const sessionSchema = z.object({
  identity: z.uuid(),
  name: z.string().min(1).max(MAX_NAME_LENGTH),
});

export interface SessionVariables {
  Variables: { session: Session };
}

function decode(value: string | false | undefined): Session | null {
  if (!value) {
    return null;
  }
  try {
    const json: unknown = JSON.parse(Buffer.from(value, "base64url").toString());
    return sessionSchema.safeParse(json).data ?? null;
  } catch {
    return null;
  }
}

/** Starts a session, or gives the one that the browser already has another name. */
export async function startSession(
  c: Context,
  name: string,
  secret: string,
  secure: boolean,
): Promise<Session> {
  const current = await readSession(c, secret);
  const session: Session = { identity: current?.identity ?? randomUUID(), name };
  const value = Buffer.from(JSON.stringify(session)).toString("base64url");
  await setSignedCookie(c, COOKIE, value, secret, {
    httpOnly: true,
    sameSite: "Lax",
    secure,
    path: "/",
    maxAge: MAX_AGE_SECONDS,
  });
  return session;
}

export async function readSession(c: Context, secret: string): Promise<Session | null> {
  return decode(await getSignedCookie(c, secret, COOKIE));
}

/** The session of a WebSocket upgrade, which never passes through Hono. */
export async function readSessionFromHeader(
  cookieHeader: string | undefined,
  secret: string,
): Promise<Session | null> {
  if (!cookieHeader) {
    return null;
  }
  const cookies = await parseSigned(cookieHeader, secret, COOKIE);
  return decode(cookies[COOKIE]);
}

export function requireSession(secret: string) {
  return createMiddleware<SessionVariables>(async (c, next) => {
    const session = await readSession(c, secret);
    if (!session) {
      throw new UserError("Sign in first", 401);
    }
    c.set("session", session);
    await next();
  });
}
