import { Hono } from "hono";
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";

import { authorizeCall } from "./authorize";
import { loadLiveKitConfig } from "./config";
import type { LiveKitEnv } from "./config";
import { createLiveKitHandlers } from "./handlers";
import type { LiveKitRequest, LiveKitResponse } from "./types";

/** Mount it at /livekit, behind the app's CORS and session middleware. */
export function livekitRoutes(env: LiveKitEnv = process.env, authorize = authorizeCall) {
  const livekit = createLiveKitHandlers(loadLiveKitConfig(env));
  const small = bodyLimit({ maxSize: 16 * 1024 });

  async function read(context: Context): Promise<LiveKitRequest> {
    const body: unknown = await context.req.json().catch(() => undefined);
    return {
      contentType: context.req.header("content-type"),
      body,
      authorize: (roomId) => authorize(context, roomId),
    };
  }

  return new Hono()
    .post("/token", small, async (context) =>
      send(context, await livekit.token(await read(context))),
    )
    .post("/rooms/:room/approve", small, async (context) =>
      send(context, await livekit.approve(context.req.param("room"), await read(context))),
    )
    .post("/rooms/:room/deny", small, async (context) =>
      send(context, await livekit.deny(context.req.param("room"), await read(context))),
    )
    .post("/webhook", bodyLimit({ maxSize: 1024 * 1024 }), async (context) =>
      send(
        context,
        await livekit.webhook({
          rawBody: await context.req.text(),
          authorization: context.req.header("authorization"),
        }),
      ),
    );
}

function send(context: Context, { status, headers, body }: LiveKitResponse): Response {
  return context.json(body, status, headers);
}
