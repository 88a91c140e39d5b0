import type { Room } from "@call-app/shared";
import type { Redis } from "../redis";
import type { RoomService } from "./rooms";

const key = (roomId: string) => `admitted:${roomId}`;
const TTL_SECONDS = 24 * 60 * 60;

/** Whom the host has let in. It outlasts a connection: who was let in once may come back. */
export class Admission {
  constructor(
    private readonly redis: Redis,
    private readonly rooms: RoomService,
  ) {}

  async mayEnter(room: Room, identity: string): Promise<boolean> {
    if (!room.requiresApproval || this.rooms.isHost(room, identity)) {
      return true;
    }
    return (await this.redis.sIsMember(key(room.id), identity)) === 1;
  }

  async approve(room: Room, identity: string): Promise<void> {
    await this.redis.multi().sAdd(key(room.id), identity).expire(key(room.id), TTL_SECONDS).exec();
  }

  async revoke(room: Room, identity: string): Promise<void> {
    await this.redis.sRem(key(room.id), identity);
  }
}
