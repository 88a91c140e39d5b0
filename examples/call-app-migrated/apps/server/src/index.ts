import { serve } from "@hono/node-server";
import { createApp } from "./app";
import { createPool } from "./db/pool";
import { migrate } from "./db/migrate";
import { loadEnv } from "./env";
import { logger } from "./logger";
import { MediaServer } from "./mediasoup/MediaServer";
import { createRedis } from "./redis";
import { createServices } from "./services";
import { CallRooms } from "./signaling/CallRooms";
import { SignalingServer } from "./signaling/SignalingServer";

const SHUTDOWN_MS = 10_000;

async function main(): Promise<void> {
  const env = loadEnv();
  const pool = createPool(env.DATABASE_URL);
  const redis = createRedis(env.REDIS_URL);
  await Promise.all([migrate(pool), redis.connect()]);

  const services = createServices(pool, redis);
  await Promise.all([services.calls.closeAll(), services.presence.clear()]);

  const media = new MediaServer(env, () => {
    rooms.restart();
  });
  const rooms = new CallRooms(services, media);
  await media.ready();

  const signaling = new SignalingServer(env, rooms);
  await signaling.ready();
  logger.info("signalling listens", { port: env.SIGNALING_PORT });

  const app = createApp({ env, pool, redis, services });
  const http = serve({ fetch: app.fetch, port: env.PORT }, ({ port }) => {
    logger.info("api listens", { port });
  });

  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) {
      return;
    }
    stopping = true;
    logger.info("stopping", { signal });
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
    http.close();
    await signaling.close();
    await media.close();
    await redis.close();
    await pool.end();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => void stop(signal));
  }
}

main().catch((error: unknown) => {
  logger.error("the server does not start", error);
  process.exit(1);
});
