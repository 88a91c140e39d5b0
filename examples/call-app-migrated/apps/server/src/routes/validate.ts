import type { Context } from "hono";
import { z } from "zod";
import { UserError } from "../errors";

/** The body of a request, checked; @throws UserError with the reasons. */
export async function readBody<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  let json: unknown;
  try {
    json = await c.req.json();
  } catch {
    throw new UserError("The body must be JSON");
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    throw new UserError(z.prettifyError(parsed.error));
  }
  return parsed.data;
}
