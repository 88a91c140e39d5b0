import { createClient } from "redis";
import { logger } from "./logger";

export type Redis = ReturnType<typeof createRedis>;

export function createRedis(url: string) {
  const client = createClient({ url });
  client.on("error", (error: unknown) => {
    logger.error("redis", error);
  });
  return client;
}
