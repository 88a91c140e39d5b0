import type { RequestMethod, Requests } from "@call-app/shared";
import { useMemo } from "react";
import { SIGNALING_URL } from "@/lib/config";
import { SignalingClient, dispatch } from "./SignalingClient";
import type { EventHandlers } from "./SignalingClient";

export interface Signaling {
  connect(): Promise<void>;
  request<M extends RequestMethod>(
    method: M,
    data: Requests[M]["data"],
  ): Promise<Requests[M]["reply"]>;
  /** Ends the connection for good. */
  close(): void;
  /** Gives the connection up as if it had broken. */
  drop(): void;
  /** Listens to events of the server; returns what stops it. */
  subscribe(handlers: EventHandlers): () => void;
  /** Listens for connections that break; returns what stops it. */
  onClose(listener: (code: number) => void): () => void;
}

const ABNORMAL_CLOSURE = 1006;

class SignalingHub implements Signaling {
  private client: SignalingClient | null = null;
  private readonly subscribers = new Set<EventHandlers>();
  private readonly closeListeners = new Set<(code: number) => void>();

  async connect(): Promise<void> {
    this.close();
    const client: SignalingClient = await SignalingClient.connect(SIGNALING_URL, {
      onEvent: (message) => {
        if (this.client === client) {
          this.subscribers.forEach((handlers) => {
            dispatch(handlers, message);
          });
        }
      },
      onClose: (code) => {
        if (this.client === client) {
          this.client = null;
          this.announceClose(code);
        }
      },
    });
    this.close();
    this.client = client;
  }

  async request<M extends RequestMethod>(
    method: M,
    data: Requests[M]["data"],
  ): Promise<Requests[M]["reply"]> {
    if (!this.client) {
      throw new Error("There is no connection to the call server");
    }
    return this.client.request(method, data);
  }

  close(): void {
    this.client?.close();
    this.client = null;
  }

  drop(): void {
    if (this.client) {
      this.close();
      this.announceClose(ABNORMAL_CLOSURE);
    }
  }

  subscribe(handlers: EventHandlers): () => void {
    this.subscribers.add(handlers);
    return () => this.subscribers.delete(handlers);
  }

  onClose(listener: (code: number) => void): () => void {
    this.closeListeners.add(listener);
    return () => this.closeListeners.delete(listener);
  }

  private announceClose(code: number): void {
    this.closeListeners.forEach((listener) => {
      listener(code);
    });
  }
}

export function useSignaling(): Signaling {
  return useMemo(() => new SignalingHub(), []);
}
