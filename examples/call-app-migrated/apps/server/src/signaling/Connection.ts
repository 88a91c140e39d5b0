import type { EventName, Events, ResponseMessage, Session } from "@call-app/shared";
import { WebSocket } from "ws";

/** One browser's socket, and whose it is. */
export class Connection {
  constructor(
    private readonly socket: WebSocket,
    readonly session: Session,
  ) {}

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  notify<E extends EventName>(event: E, data: Events[E]): void {
    this.write({ type: "event", event, data });
  }

  respond(message: ResponseMessage): void {
    this.write(message);
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
  }

  private write(message: object): void {
    if (this.isOpen) {
      this.socket.send(JSON.stringify(message));
    }
  }
}
