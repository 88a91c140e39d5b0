import { WebhookReceiver } from "livekit-server-sdk";
import type { WebhookEvent } from "livekit-server-sdk";

import type { LiveKitConfig } from "./config";
import { onCallEvent } from "./events";
import { createRateLimiter } from "./rate-limit";
import { createRoomService } from "./rooms";
import type { Admission } from "./rooms";
import { createToken } from "./tokens";
import type { CallAuthorization, LiveKitRequest, LiveKitResponse, WebhookRequest } from "./types";

/** Joins and rejoins of one person; a reload costs one. */
const TOKENS_PER_MINUTE = 20;

/**
 * The routes' work without a framework: the route files only take requests apart and put answers
 * together.
 */
export interface LiveKitHandlers {
  token: (request: LiveKitRequest) => Promise<LiveKitResponse>;
  approve: (roomId: string, request: LiveKitRequest) => Promise<LiveKitResponse>;
  deny: (roomId: string, request: LiveKitRequest) => Promise<LiveKitResponse>;
  webhook: (request: WebhookRequest) => Promise<LiveKitResponse>;
}

export function createLiveKitHandlers(
  config: LiveKitConfig | null,
  onError: (error: unknown) => void = (error) => {
    console.error("livekit:", error);
  },
): LiveKitHandlers {
  if (!config) {
    const notConfigured = () => Promise.resolve(refuse(503, "not_configured"));
    return {
      token: notConfigured,
      approve: notConfigured,
      deny: notConfigured,
      webhook: notConfigured,
    };
  }
  const rooms = createRoomService(config);
  const webhooks = new WebhookReceiver(config.apiKey, config.apiSecret);
  const tooMany = createRateLimiter(TOKENS_PER_MINUTE, 60);

  async function decide(
    roomId: string,
    request: LiveKitRequest,
    act: (call: CallAuthorization) => Promise<LiveKitResponse>,
  ): Promise<LiveKitResponse> {
    const call = await request.authorize(roomId);
    if (call === "no-session") return refuse(401, "no_session");
    if (!call) return refuse(403, "not_allowed");
    try {
      return await act(call);
    } catch (error) {
      onError(error);
      return refuse(502, "livekit_unavailable");
    }
  }

  async function asHost(
    roomId: string,
    request: LiveKitRequest,
    act: (call: CallAuthorization, identity: string) => Promise<Admission>,
  ): Promise<LiveKitResponse> {
    if (!isJson(request)) return refuse(415, "json_expected");
    const identity = textOf(request.body, "identity");
    if (!identity || !isName(roomId)) return refuse(400, "identity_expected");
    return await decide(roomId, request, async (call) => {
      if (!call.isHost) return refuse(403, "hosts_only");
      const admission = await act(call, identity);
      if (admission === "not-found") return refuse(404, "not_in_the_room");
      return admission === "done" ? answer({ ok: true }) : refuse(409, "not_waiting");
    });
  }

  return {
    async token(request) {
      if (!isJson(request)) return refuse(415, "json_expected");
      const roomId = textOf(request.body, "roomId");
      if (!roomId) return refuse(400, "room_expected");
      return await decide(roomId, request, async (call) => {
        const seconds = tooMany(call.identity);
        if (seconds > 0)
          return refuse(429, "too_many_requests", { "Retry-After": String(seconds) });
        await rooms.ensure(call.roomId);
        return answer({
          url: config.publicUrl,
          token: await createToken(config, call),
          identity: call.identity,
          isHost: call.isHost,
        });
      });
    },
    approve: (roomId, request) =>
      asHost(roomId, request, async (call, identity) => {
        const admission = await rooms.admit(call.roomId, identity);
        if (admission === "done") await call.approve?.(identity);
        return admission;
      }),
    deny: (roomId, request) =>
      asHost(roomId, request, (call, identity) => rooms.deny(call.roomId, identity)),
    async webhook({ rawBody, authorization }) {
      let event: WebhookEvent;
      try {
        event = await webhooks.receive(rawBody ?? "", authorization);
      } catch {
        return refuse(401, "bad_signature");
      }
      try {
        await onCallEvent(event);
      } catch (error) {
        onError(error);
        return refuse(502, "not_handled");
      }
      return answer({ ok: true });
    },
  };
}

/** A form of another site cannot send this type without the browser asking first (CORS). */
function isJson({ contentType }: LiveKitRequest): boolean {
  return contentType?.split(";", 1)[0]?.trim().toLowerCase() === "application/json";
}

function textOf(body: unknown, key: string): string | null {
  if (typeof body !== "object" || body === null) return null;
  const value: unknown = Reflect.get(body, key);
  return isName(value) ? value : null;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= 128;
}

function answer(body: LiveKitResponse["body"]): LiveKitResponse {
  return { status: 200, headers: { "Cache-Control": "no-store" }, body };
}

function refuse(
  status: LiveKitResponse["status"],
  error: string,
  headers: Record<string, string> = {},
): LiveKitResponse {
  return { status, headers: { "Cache-Control": "no-store", ...headers }, body: { error } };
}
