import pg from "pg";
import { logger } from "../logger";

export function createPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 10 });
  // Without a listener an idle connection that breaks would end the process.
  pool.on("error", (error) => {
    logger.error("postgres connection lost", error);
  });
  return pool;
}
