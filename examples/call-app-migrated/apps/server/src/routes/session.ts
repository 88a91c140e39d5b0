import { MAX_NAME_LENGTH } from "@call-app/shared";
import { Hono } from "hono";
import { z } from "zod";
import type { Env } from "../env";
import { readSession, startSession } from "../session";
import { readBody } from "./validate";

const newSession = z.object({ name: z.string().trim().min(1).max(MAX_NAME_LENGTH) });

export function sessionRoutes(env: Env) {
  const secure = env.WEB_ORIGIN.startsWith("https:");
  return new Hono()
    .post("/", async (c) => {
      const { name } = await readBody(c, newSession);
      return c.json(await startSession(c, name, env.SESSION_SECRET, secure), 201);
    })
    .get("/", async (c) => c.json(await readSession(c, env.SESSION_SECRET)));
}
