import type { Context } from "hono";
import { logger } from "./logger";

/** An error whose message is for the user; everything else is answered with "internal error". */
export class UserError extends Error {
  constructor(
    message: string,
    readonly status: 400 | 401 | 403 | 404 | 409 = 400,
  ) {
    super(message);
    this.name = "UserError";
  }
}

/** What the API answers when a route throws. */
export function answerError(error: Error, c: Context) {
  if (error instanceof UserError) {
    return c.json({ error: error.message }, error.status);
  }
  logger.error("request failed", error, { path: c.req.path });
  return c.json({ error: "Internal error" }, 500);
}
