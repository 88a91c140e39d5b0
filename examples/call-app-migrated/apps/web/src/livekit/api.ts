import { API_URL } from "./config";

/** What the server answers to somebody who may join. */
export interface CallTicket {
  /** Where LiveKit is. */
  url: string;
  token: string;
}

/** The server's answer when it does not do what was asked. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`the server answered ${String(status)}`);
    this.name = "ApiError";
    this.status = status;
  }
}

export async function fetchTicket(roomId: string, signal: AbortSignal): Promise<CallTicket> {
  const answer: unknown = await post("/livekit/token", { roomId }, signal);
  if (!isTicket(answer)) throw new Error("the server's answer is not a ticket for a call");
  return answer;
}

/** Lets somebody in who waits, or turns them away; the server checks that we are a host. */
export async function answerJoinRequest(
  roomId: string,
  identity: string,
  decision: "approve" | "deny",
): Promise<void> {
  await post(`/livekit/rooms/${encodeURIComponent(roomId)}/${decision}`, { identity });
}

async function post(path: string, body: object, signal?: AbortSignal): Promise<unknown> {
  const response = await fetch(`${API_URL}${path}`, {
    method: "POST",
    // The session's cookie says who we are; the body never does.
    credentials: "include",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
  if (!response.ok) throw new ApiError(response.status);
  return response.json();
}

function isTicket(value: unknown): value is CallTicket {
  return (
    typeof value === "object" &&
    value !== null &&
    "url" in value &&
    typeof value.url === "string" &&
    "token" in value &&
    typeof value.token === "string"
  );
}
