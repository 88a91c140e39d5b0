export type Awaitable<T> = T | Promise<T>;

/** What the app decides about somebody who wants to join a call. See authorize.ts. */
export interface CallAuthorization {
  /**
   * Stable and unique for one person in one room: who joins with an identity that is already there
   * takes its place. From the session, never from the request's body.
   */
  identity: string;
  /** What the others see. */
  name: string;
  /** The room the token is for, and the only one. */
  roomId: string;
  /** May let others in. */
  isHost: boolean;
  /** True when a host has to let them in first. */
  mustWait: boolean;
  /** False for somebody who only watches and chats. */
  canPublish?: boolean;
  /** For a host: how the app keeps that somebody was let in, who else waits after each reload. */
  approve?: (identity: string) => Awaitable<unknown>;
}

/**
 * Null: not in this room (403). "no-session": nobody the app knows (401). An error that is thrown is
 * for the app's own error handler.
 */
export type CallDecision = CallAuthorization | "no-session" | null;

/** What one request asks for, whatever the framework calls it. */
export interface LiveKitRequest {
  contentType: string | undefined;
  /** The parsed JSON; undefined when it could not be parsed. */
  body: unknown;
  authorize: (roomId: string) => Awaitable<CallDecision>;
}

/** A signed request of the LiveKit server. */
export interface WebhookRequest {
  /** The bytes as they came, as text: the signature is over them, not over parsed JSON. */
  rawBody: string | undefined;
  authorization: string | undefined;
}

export interface LiveKitResponse {
  status: 200 | 400 | 401 | 403 | 404 | 409 | 415 | 429 | 502 | 503;
  headers: Record<string, string>;
  body: Record<string, string | boolean>;
}

/** The participant attribute that carries the role; participants cannot change their own. */
export const ROLE_ATTRIBUTE = "role";

export type CallRole = "host" | "member" | "viewer";

export function roleOf(call: Pick<CallAuthorization, "isHost" | "canPublish">): CallRole {
  if (call.isHost) return "host";
  return call.canPublish === false ? "viewer" : "member";
}
