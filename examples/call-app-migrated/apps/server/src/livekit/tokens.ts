import { AccessToken } from "livekit-server-sdk";

import type { LiveKitConfig } from "./config";
import { ROLE_ATTRIBUTE, roleOf } from "./types";
import type { CallAuthorization } from "./types";

/**
 * Long enough to join with. LiveKit renews the token of everybody who is connected, for reconnects.
 */
export const TOKEN_TTL_SECONDS = 300;

/** A token for one person in one room. Who has to wait is let in by `admit` in rooms.ts. */
export async function createToken(config: LiveKitConfig, call: CallAuthorization): Promise<string> {
  const token = new AccessToken(config.apiKey, config.apiSecret, {
    identity: call.identity,
    name: call.name,
    ttl: TOKEN_TTL_SECONDS,
    attributes: { [ROLE_ATTRIBUTE]: roleOf(call) },
  });
  token.addGrant({
    roomJoin: true,
    room: call.roomId,
    canPublish: call.canPublish !== false && !call.mustWait,
    canSubscribe: !call.mustWait,
    canPublishData: !call.mustWait,
    // The role is an attribute: nobody may write their own.
    canUpdateOwnMetadata: false,
  });
  // It returns a promise: without `await` the browser would get `{}`.
  return await token.toJwt();
}
