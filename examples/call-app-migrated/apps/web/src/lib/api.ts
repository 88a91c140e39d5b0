import type { CallRecord, RoomDetails, Session } from "@call-app/shared";
import { API_URL } from "./config";

export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

async function send<T>(method: "GET" | "POST", path: string, body?: object): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`${API_URL}${path}`, {
      method,
      credentials: "include",
      ...(body && {
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      }),
    });
  } catch {
    throw new ApiError("The server cannot be reached", 0);
  }
  if (!response.ok) {
    const { error } = (await response.json().catch(() => ({}))) as { error?: string };
    throw new ApiError(error ?? `The server answered ${String(response.status)}`, response.status);
  }
  return (await response.json()) as T;
}

export const api = {
  /** The session of this browser, or null when it has none. */
  session: () => send<Session | null>("GET", "/session"),
  startSession: (name: string) => send<Session>("POST", "/session", { name }),
  createRoom: (room: { name: string; requiresApproval: boolean }) =>
    send<RoomDetails>("POST", "/rooms", room),
  room: (id: string) => send<RoomDetails>("GET", `/rooms/${encodeURIComponent(id)}`),
  history: () => send<CallRecord[]>("GET", "/history"),
};
