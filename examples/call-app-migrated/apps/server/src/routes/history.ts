import { Hono } from "hono";
import type { Services } from "../services";
import type { SessionVariables } from "../session";
import { requireSession } from "../session";

export function historyRoutes({ calls }: Services, sessionSecret: string) {
  return new Hono<SessionVariables>()
    .use(requireSession(sessionSecret))
    .get("/", async (c) => c.json(await calls.ofIdentity(c.get("session").identity)));
}
