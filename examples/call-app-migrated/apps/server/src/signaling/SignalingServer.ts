import type { IncomingMessage } from "node:http";
import type { RequestMethod, Requests } from "@call-app/shared";
import { CloseCode } from "@call-app/shared";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { z } from "zod";
import type { Env } from "../env";
import { UserError } from "../errors";
import { logger } from "../logger";
import { readSessionFromHeader } from "../session";
import type { CallRooms } from "./CallRooms";
import { Connection } from "./Connection";
import { createHandlers } from "./handlers";
import type { Handlers } from "./handlers";
import { envelopeSchema, requestSchemas } from "./schema";

const HEARTBEAT_MS = 10_000;
const MAX_MESSAGE_BYTES = 256 * 1024;

/** The WebSocket server through which browsers set up their media. */
export class SignalingServer {
  private readonly server: WebSocketServer;
  private readonly handlers: Handlers;
  private readonly alive = new WeakSet<WebSocket>();
  private readonly heartbeat: NodeJS.Timeout;

  constructor(
    private readonly env: Env,
    private readonly rooms: CallRooms,
  ) {
    this.handlers = createHandlers(rooms);
    this.server = new WebSocketServer({
      port: env.SIGNALING_PORT,
      maxPayload: MAX_MESSAGE_BYTES,
      // Browsers send cookies along from any page: only ours may connect.
      verifyClient: ({ origin }: { origin: string }) => origin === env.WEB_ORIGIN,
    });
    this.server.on("connection", (socket, request) => {
      this.accept(socket, request);
    });
    this.heartbeat = setInterval(() => {
      this.dropSilentClients();
    }, HEARTBEAT_MS);
  }

  /** Until the port is open; rejects when it cannot be. */
  async ready(): Promise<void> {
    if (this.server.address() === null) {
      await new Promise<void>((resolve, reject) => {
        this.server.once("listening", resolve);
        this.server.once("error", reject);
      });
    }
  }

  async close(): Promise<void> {
    clearInterval(this.heartbeat);
    for (const socket of this.server.clients) {
      socket.close(1001, "server is shutting down");
    }
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }

  private accept(socket: WebSocket, request: IncomingMessage): void {
    this.alive.add(socket);
    socket.on("pong", () => {
      this.alive.add(socket);
    });
    socket.on("error", (error) => {
      logger.warn("socket", { error: error.message });
    });
    // Messages wait until it is known whose they are.
    const connection = readSessionFromHeader(request.headers.cookie, this.env.SESSION_SECRET).then(
      (session) => session && new Connection(socket, session),
    );
    socket.on("message", (data: Buffer) => {
      void connection.then((found) => found && this.receive(found, data.toString()));
    });
    socket.once("close", () => {
      void connection
        .then((found) => found && this.rooms.leave(found))
        .catch((error: unknown) => {
          logger.error("leaving failed", error);
        });
    });
    void connection.then((found) => {
      if (!found) {
        socket.close(CloseCode.Unauthorized, "sign in first");
      }
    });
  }

  private async receive(connection: Connection, text: string): Promise<void> {
    const envelope = envelopeSchema.safeParse(parseJson(text));
    if (!envelope.success) {
      connection.close(1007, "not a request");
      return;
    }
    const { id, method, data } = envelope.data;
    try {
      const reply = await this.dispatch(connection, method, data);
      connection.respond({ type: "response", id, ok: true, data: reply });
    } catch (error) {
      connection.respond({ type: "response", id, ok: false, error: describe(error, method) });
    }
  }

  private async dispatch<M extends RequestMethod>(
    connection: Connection,
    method: M,
    data: unknown,
  ): Promise<Requests[M]["reply"]> {
    return this.handlers[method](connection, requestSchemas[method].parse(data));
  }

  private dropSilentClients(): void {
    for (const socket of this.server.clients) {
      if (!this.alive.has(socket)) {
        socket.terminate();
        continue;
      }
      this.alive.delete(socket);
      socket.ping();
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function describe(error: unknown, method: string): string {
  if (error instanceof UserError) {
    return error.message;
  }
  if (error instanceof z.ZodError) {
    return z.prettifyError(error);
  }
  logger.error("request failed", error, { method });
  return "Internal error";
}
