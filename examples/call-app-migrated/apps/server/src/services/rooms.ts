import { randomInt } from "node:crypto";
import type { Room } from "@call-app/shared";
import type { Pool } from "pg";
import { UserError } from "../errors";

const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";
const ID_PATTERN = /^[a-z0-9]{3}-[a-z0-9]{4}-[a-z0-9]{3}$/;

interface RoomRow {
  id: string;
  name: string;
  host_identity: string;
  requires_approval: boolean;
  created_at: Date;
}

function toRoom(row: RoomRow): Room {
  return {
    id: row.id,
    name: row.name,
    hostIdentity: row.host_identity,
    requiresApproval: row.requires_approval,
    createdAt: row.created_at.toISOString(),
  };
}

/** Easy to read out to somebody: no letters that look like digits. */
export function newRoomId(): string {
  const letters = (count: number) =>
    Array.from({ length: count }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
  return `${letters(3)}-${letters(4)}-${letters(3)}`;
}

export function isRoomId(id: string): boolean {
  return ID_PATTERN.test(id);
}

export interface NewRoom {
  name: string;
  hostIdentity: string;
  requiresApproval: boolean;
}

export class RoomService {
  constructor(private readonly pool: Pool) {}

  async create(room: NewRoom): Promise<Room> {
    const { rows } = await this.pool.query<RoomRow>(
      `insert into rooms (id, name, host_identity, requires_approval)
       values ($1, $2, $3, $4) returning *`,
      [newRoomId(), room.name, room.hostIdentity, room.requiresApproval],
    );
    const [row] = rows;
    if (!row) {
      throw new Error("insert returned no row");
    }
    return toRoom(row);
  }

  /** @throws UserError when there is no such room. */
  async get(id: string): Promise<Room> {
    if (isRoomId(id)) {
      const { rows } = await this.pool.query<RoomRow>("select * from rooms where id = $1", [id]);
      const [row] = rows;
      if (row) {
        return toRoom(row);
      }
    }
    throw new UserError("There is no such room", 404);
  }

  isHost(room: Room, identity: string): boolean {
    return room.hostIdentity === identity;
  }
}
