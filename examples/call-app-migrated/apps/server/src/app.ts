import { Hono } from "hono";
import { cors } from "hono/cors";
import type { Pool } from "pg";
import type { Env } from "./env";
import { answerError } from "./errors";
import type { Redis } from "./redis";
import { historyRoutes } from "./routes/history";
import { roomRoutes } from "./routes/rooms";
import { sessionRoutes } from "./routes/session";
import type { Services } from "./services";
import { livekitRoutes } from "./livekit/routes";
import { roomAccess } from "./access";

interface Dependencies {
  env: Env;
  pool: Pool;
  redis: Redis;
  services: Services;
}

export function createApp({ env, pool, redis, services }: Dependencies) {
  const app = new Hono();

  app.use(cors({ origin: env.WEB_ORIGIN, credentials: true }));

  app.route("/livekit", livekitRoutes(env, roomAccess(services, env.SESSION_SECRET)));

  app.get("/health", async (c) => {
    await Promise.all([pool.query("select 1"), redis.ping()]);
    return c.json({ status: "ok" });
  });
  app.route("/session", sessionRoutes(env));
  app.route("/rooms", roomRoutes(services, env.SESSION_SECRET));
  app.route("/history", historyRoutes(services, env.SESSION_SECRET));

  app.onError(answerError);

  return app;
}
