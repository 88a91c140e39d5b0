import express, { Router } from "express";
import type { NextFunction, Request, Response } from "express";

import { authorizeCall } from "./authorize";
import { loadLiveKitConfig } from "./config";
import type { LiveKitEnv } from "./config";
import { createLiveKitHandlers } from "./handlers";
import type { LiveKitRequest, LiveKitResponse } from "./types";

/** Mount it at /livekit, behind the app's CORS and session middleware. */
export function livekitRouter(env: LiveKitEnv = process.env, authorize = authorizeCall): Router {
  const livekit = createLiveKitHandlers(loadLiveKitConfig(env));
  const router = Router();
  // Each does nothing when the app's own parser has read the body before.
  const json = express.json({ limit: "16kb" });
  const raw = express.raw({ type: "application/webhook+json", limit: "1mb" });

  function read(request: Request): LiveKitRequest {
    return {
      contentType: request.header("content-type"),
      body: request.body,
      authorize: (roomId) => authorize(request, roomId),
    };
  }

  router.post(
    "/token",
    json,
    answering((request) => livekit.token(read(request))),
  );
  router.post(
    "/rooms/:room/approve",
    json,
    answering((request) => livekit.approve(roomOf(request), read(request))),
  );
  router.post(
    "/rooms/:room/deny",
    json,
    answering((request) => livekit.deny(roomOf(request), read(request))),
  );
  router.post(
    "/webhook",
    raw,
    answering((request) => {
      const body: unknown = request.body;
      // Anything but a Buffer was parsed already, and its signature cannot be checked any more.
      const rawBody = Buffer.isBuffer(body) ? body.toString("utf8") : undefined;
      return livekit.webhook({ rawBody, authorization: request.header("authorization") });
    }),
  );
  return router;
}

function roomOf({ params: { room } }: Request): string {
  return typeof room === "string" ? room : "";
}

/** Express 4 does not wait for a handler's promise; a rejected one would leave the request open. */
function answering(handle: (request: Request) => Promise<LiveKitResponse>) {
  return (request: Request, response: Response, next: NextFunction): void => {
    handle(request).then(
      ({ status, headers, body }) => response.status(status).set(headers).json(body),
      next,
    );
  };
}
