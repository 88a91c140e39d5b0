import type { Pool } from "pg";
import type { Redis } from "../redis";
import { Admission } from "./admission";
import { CallHistory } from "./calls";
import { Presence } from "./presence";
import { RoomService } from "./rooms";

export interface Services {
  rooms: RoomService;
  calls: CallHistory;
  presence: Presence;
  admission: Admission;
}

export function createServices(pool: Pool, redis: Redis): Services {
  const rooms = new RoomService(pool);
  return {
    rooms,
    calls: new CallHistory(pool),
    presence: new Presence(redis),
    admission: new Admission(redis, rooms),
  };
}
