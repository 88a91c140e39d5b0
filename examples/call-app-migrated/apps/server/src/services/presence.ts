import type { Redis } from "../redis";

const key = (roomId: string) => `presence:${roomId}`;
// Longer than any call; it only cleans up after a server that never came back.
const TTL_SECONDS = 24 * 60 * 60;

/** Who is in which room at this moment. */
export class Presence {
  constructor(private readonly redis: Redis) {}

  async enter(roomId: string, identity: string): Promise<void> {
    await this.redis.multi().sAdd(key(roomId), identity).expire(key(roomId), TTL_SECONDS).exec();
  }

  async exit(roomId: string, identity: string): Promise<void> {
    await this.redis.sRem(key(roomId), identity);
  }

  async count(roomId: string): Promise<number> {
    return this.redis.sCard(key(roomId));
  }

  /** Nobody is in a call when the server starts. */
  async clear(): Promise<void> {
    for await (const keys of this.redis.scanIterator({ MATCH: key("*") })) {
      if (keys.length > 0) {
        await this.redis.del(keys);
      }
    }
  }
}
