import assert from "node:assert/strict";
import { test } from "node:test";
import type { Session } from "@call-app/shared";
import { Hono } from "hono";
import { parseEnv } from "../src/env";
import { answerError } from "../src/errors";
import { sessionRoutes } from "../src/routes/session";
import { readSessionFromHeader } from "../src/session";

const env = parseEnv({
  DATABASE_URL: "postgres://app:app@localhost:5434/app",
  REDIS_URL: "redis://localhost:6379",
  SESSION_SECRET: "0123456789abcdef0123456789abcdef",
});
const app = new Hono().route("/session", sessionRoutes(env)).onError(answerError);

async function signIn(name: string, cookie = ""): Promise<{ session: Session; cookie: string }> {
  const response = await app.request("/session", {
    method: "POST",
    headers: { "Content-Type": "application/json", Cookie: cookie },
    body: JSON.stringify({ name }),
  });
  assert.equal(response.status, 201);
  const header = response.headers.get("set-cookie") ?? "";
  assert.match(header, /HttpOnly/);
  assert.match(header, /SameSite=Lax/);
  return {
    session: (await response.json()) as Session,
    cookie: header.split(";")[0] ?? "",
  };
}

test("the cookie of the API is the session of the signalling", async () => {
  const { session, cookie } = await signIn("Ada");
  assert.deepEqual(await readSessionFromHeader(cookie, env.SESSION_SECRET), session);
});

test("a new name keeps the identity", async () => {
  const first = await signIn("Ada");
  const second = await signIn("Countess", first.cookie);
  assert.equal(second.session.identity, first.session.identity);
  assert.equal(second.session.name, "Countess");
});

test("a cookie that was changed, or signed by somebody else, is no session", async () => {
  const { cookie } = await signIn("Ada");
  const forged = Buffer.from(
    JSON.stringify({ identity: "00000000-0000-4000-8000-000000000000", name: "Eve" }),
  ).toString("base64url");
  const signature = cookie.slice(cookie.indexOf("."));
  assert.equal(await readSessionFromHeader(`call_session=${forged}${signature}`, env.SESSION_SECRET), null);
  assert.equal(await readSessionFromHeader(cookie, "another-secret-another-secret-0123"), null);
  assert.equal(await readSessionFromHeader(undefined, env.SESSION_SECRET), null);
});

test("a name must have letters", async () => {
  const response = await app.request("/session", { method: "POST", body: JSON.stringify({ name: "  " }) });
  assert.equal(response.status, 400);
});
