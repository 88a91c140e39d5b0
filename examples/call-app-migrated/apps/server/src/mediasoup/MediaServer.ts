import { setTimeout as delay } from "node:timers/promises";
import { createWorker } from "mediasoup";
import type { WebRtcServer, Worker } from "mediasoup/types";
import type { Env } from "../env";
import { logger } from "../logger";
import { listenInfos, mediaCodecs, workerSettings } from "./config";
import { MediaRoom } from "./MediaRoom";

const RETRY_MS = 2000;

interface Media {
  worker: Worker;
  webRtcServer: WebRtcServer;
}

/** The media worker, and a router in it for each call. A worker that dies is replaced. */
export class MediaServer {
  private readonly rooms = new Map<string, Promise<MediaRoom>>();
  private media: Promise<Media>;
  private closed = false;

  /** @param onRestart called when all calls have lost their media and have to join again. */
  constructor(
    private readonly env: Env,
    private readonly onRestart: () => void,
  ) {
    this.media = this.startWorker();
  }

  /** Until the worker runs; rejects when it cannot be started. */
  async ready(): Promise<void> {
    await this.media;
  }

  /** The media of a room; made when its first peer enters. */
  async room(roomId: string): Promise<MediaRoom> {
    const existing = this.rooms.get(roomId);
    if (existing) {
      return existing;
    }
    const created = this.createRoom();
    this.rooms.set(roomId, created);
    created.catch(() => {
      this.rooms.delete(roomId);
    });
    return created;
  }

  async closeRoom(roomId: string): Promise<void> {
    const room = this.rooms.get(roomId);
    this.rooms.delete(roomId);
    (await room)?.close();
  }

  async close(): Promise<void> {
    this.closed = true;
    const { worker } = await this.media;
    worker.close();
  }

  private async createRoom(): Promise<MediaRoom> {
    const { worker, webRtcServer } = await this.media;
    return MediaRoom.create(await worker.createRouter({ mediaCodecs }), webRtcServer);
  }

  private async startWorker(): Promise<Media> {
    const worker = await createWorker(workerSettings);
    worker.once("died", (error) => {
      this.restart(error);
    });
    const webRtcServer = await worker.createWebRtcServer({ listenInfos: listenInfos(this.env) });
    logger.info("media worker started", { pid: worker.pid, port: this.env.MEDIASOUP_RTC_PORT });
    return { worker, webRtcServer };
  }

  private restart(reason: Error): void {
    if (this.closed) {
      return;
    }
    logger.error("media worker died", reason);
    this.rooms.clear();
    this.media = this.startAgain();
    this.onRestart();
  }

  private async startAgain(): Promise<Media> {
    for (;;) {
      try {
        return await this.startWorker();
      } catch (error) {
        logger.error("media worker does not start", error);
        await delay(RETRY_MS);
      }
    }
  }
}
