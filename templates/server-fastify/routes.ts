import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { authorizeCall } from "./authorize";
import { loadLiveKitConfig } from "./config";
import type { LiveKitEnv } from "./config";
import { createLiveKitHandlers } from "./handlers";
import type { LiveKitRequest, LiveKitResponse } from "./types";

export interface LiveKitRoutesOptions {
  env?: LiveKitEnv;
  authorize?: typeof authorizeCall;
}

/** Register it with the prefix /livekit, after the app's CORS and session plugins. */
export function livekitRoutes(
  app: FastifyInstance,
  options: LiveKitRoutesOptions,
  done: () => void,
): void {
  const { env = process.env, authorize = authorizeCall } = options;
  const livekit = createLiveKitHandlers(loadLiveKitConfig(env));

  function read(request: FastifyRequest): LiveKitRequest {
    return {
      contentType: request.headers["content-type"],
      body: request.body,
      authorize: (roomId) => authorize(request, roomId),
    };
  }

  // In this plugin only: the signature is over the bytes as they came.
  app.addContentTypeParser(
    "application/webhook+json",
    { parseAs: "string" },
    (_request, body, parsed) => {
      parsed(null, body);
    },
  );

  const small = { bodyLimit: 16 * 1024 };
  app.post("/token", small, async (request, reply) =>
    send(reply, await livekit.token(read(request))),
  );
  app.post<RoomRoute>("/rooms/:room/approve", small, async (request, reply) =>
    send(reply, await livekit.approve(request.params.room, read(request))),
  );
  app.post<RoomRoute>("/rooms/:room/deny", small, async (request, reply) =>
    send(reply, await livekit.deny(request.params.room, read(request))),
  );
  app.post("/webhook", async (request, reply) => {
    const rawBody = typeof request.body === "string" ? request.body : undefined;
    return send(
      reply,
      await livekit.webhook({ rawBody, authorization: request.headers.authorization }),
    );
  });
  done();
}

interface RoomRoute {
  Params: { room: string };
}

function send(reply: FastifyReply, { status, headers, body }: LiveKitResponse): FastifyReply {
  return reply.code(status).headers(headers).send(body);
}
