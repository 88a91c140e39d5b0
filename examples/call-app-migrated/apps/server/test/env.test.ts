import assert from "node:assert/strict";
import { test } from "node:test";
import { parseEnv } from "../src/env";

const REQUIRED = {
  DATABASE_URL: "postgres://app:app@localhost:5434/app",
  REDIS_URL: "redis://localhost:6379",
  SESSION_SECRET: "0123456789abcdef0123456789abcdef",
};

test("ports have defaults, and numbers are numbers", () => {
  const env = parseEnv({ ...REQUIRED, MEDIASOUP_RTC_PORT: "50000" });
  assert.equal(env.PORT, 1285);
  assert.equal(env.MEDIASOUP_RTC_PORT, 50_000);
});

test("all that is wrong is said at once, by name", () => {
  assert.throws(
    () => parseEnv({ ...REQUIRED, SESSION_SECRET: "short", PORT: "no number" }),
    (error: Error) => error.message.includes("SESSION_SECRET") && error.message.includes("PORT"),
  );
});
