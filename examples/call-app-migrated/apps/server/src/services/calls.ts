import type { CallRecord } from "@call-app/shared";
import type { Pool } from "pg";

interface CallRow {
  id: string;
  room_id: string;
  room_name: string;
  identity: string;
  name: string;
  joined_at: Date;
  left_at: Date | null;
}

function toRecord(row: CallRow): CallRecord {
  return {
    id: row.id,
    roomId: row.room_id,
    roomName: row.room_name,
    identity: row.identity,
    name: row.name,
    joinedAt: row.joined_at.toISOString(),
    leftAt: row.left_at?.toISOString() ?? null,
  };
}

const SELECT = `select calls.*, rooms.name as room_name
                from calls join rooms on rooms.id = calls.room_id`;

/** Who was in which call, and when. */
export class CallHistory {
  constructor(private readonly pool: Pool) {}

  /** @returns the id of the record, for `ended`. */
  async started(roomId: string, identity: string, name: string): Promise<string> {
    const { rows } = await this.pool.query<{ id: string }>(
      "insert into calls (room_id, identity, name) values ($1, $2, $3) returning id",
      [roomId, identity, name],
    );
    const [row] = rows;
    if (!row) {
      throw new Error("insert returned no row");
    }
    return row.id;
  }

  async ended(id: string): Promise<void> {
    await this.pool.query("update calls set left_at = now() where id = $1 and left_at is null", [id]);
  }

  /** After a crash: nobody is in a call when the server starts. */
  async closeAll(): Promise<void> {
    await this.pool.query("update calls set left_at = now() where left_at is null");
  }

  async ofIdentity(identity: string, limit = 20): Promise<CallRecord[]> {
    const { rows } = await this.pool.query<CallRow>(
      `${SELECT} where calls.identity = $1 order by calls.joined_at desc limit $2`,
      [identity, limit],
    );
    return rows.map(toRecord);
  }

  async ofRoom(roomId: string, limit = 100): Promise<CallRecord[]> {
    const { rows } = await this.pool.query<CallRow>(
      `${SELECT} where calls.room_id = $1 order by calls.joined_at desc limit $2`,
      [roomId, limit],
    );
    return rows.map(toRecord);
  }
}
