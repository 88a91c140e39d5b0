import type {
  EventMessage,
  EventName,
  Events,
  RequestMethod,
  Requests,
  ResponseMessage,
  ServerMessage,
} from "@call-app/shared";

const REQUEST_TIMEOUT_MS = 10_000;
const KEEPALIVE_MS = 5_000;

interface Pending {
  resolve: (data: unknown) => void;
  reject: (error: Error) => void;
  timer: ReturnType<typeof setTimeout>;
}

export interface SignalingClientOptions {
  onEvent: (message: EventMessage) => void;
  /** Called once, when the connection is gone for whatever reason but `close()`. */
  onClose: (code: number) => void;
}

/** One connection to the signalling server: requests with answers, and events. */
export class SignalingClient {
  private readonly pending = new Map<number, Pending>();
  private keepalive: ReturnType<typeof setInterval> | undefined;
  private nextId = 0;
  private isClosed = false;

  private constructor(
    private readonly socket: WebSocket,
    private readonly options: SignalingClientOptions,
  ) {
    socket.addEventListener("message", ({ data }: MessageEvent<string>) => {
      this.receive(JSON.parse(data) as ServerMessage);
    });
    socket.addEventListener("close", ({ code }) => {
      this.end(code);
    });
    // A network that goes away closes no socket: ask, and take silence for an answer.
    this.keepalive = setInterval(() => {
      this.request("ping", {}).catch(() => {
        this.end(1006);
      });
    }, KEEPALIVE_MS);
  }

  static connect(url: string, options: SignalingClientOptions): Promise<SignalingClient> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url);
      const refuse = () => {
        reject(new Error("The call server cannot be reached"));
      };
      socket.addEventListener("close", refuse);
      socket.addEventListener(
        "open",
        () => {
          socket.removeEventListener("close", refuse);
          resolve(new SignalingClient(socket, options));
        },
        { once: true },
      );
    });
  }

  request<M extends RequestMethod>(
    method: M,
    data: Requests[M]["data"],
  ): Promise<Requests[M]["reply"]> {
    return new Promise((resolve, reject) => {
      if (this.isClosed) {
        reject(new Error("The connection is closed"));
        return;
      }
      const id = this.nextId++;
      const timer = setTimeout(() => {
        this.pending.delete(id);
        reject(new Error(`The call server did not answer to "${method}"`));
      }, REQUEST_TIMEOUT_MS);
      this.pending.set(id, {
        resolve: resolve as (reply: unknown) => void,
        reject,
        timer,
      });
      this.socket.send(JSON.stringify({ type: "request", id, method, data }));
    });
  }

  close(): void {
    this.isClosed = true;
    this.end(1000);
  }

  private receive(message: ServerMessage): void {
    if (message.type === "event") {
      this.options.onEvent(message);
    } else {
      this.settle(message);
    }
  }

  private settle(message: ResponseMessage): void {
    const waiting = this.pending.get(message.id);
    if (!waiting) {
      return;
    }
    this.pending.delete(message.id);
    clearTimeout(waiting.timer);
    if (message.ok) {
      waiting.resolve(message.data);
    } else {
      waiting.reject(new Error(message.error));
    }
  }

  private end(code: number): void {
    clearInterval(this.keepalive);
    this.socket.close();
    for (const { reject, timer } of this.pending.values()) {
      clearTimeout(timer);
      reject(new Error("The connection is closed"));
    }
    this.pending.clear();
    if (!this.isClosed) {
      this.isClosed = true;
      this.options.onClose(code);
    }
  }
}

export type EventHandlers = { [E in EventName]?: (data: Events[E]) => void };

/** Calls the handler of an event; what nobody handles is ignored. */
export function dispatch<E extends EventName>(
  handlers: EventHandlers,
  { event, data }: EventMessage<E>,
): void {
  const handler: ((data: Events[E]) => void) | undefined = handlers[event];
  handler?.(data);
}
