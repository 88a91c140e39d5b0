import type { Pool } from "pg";

const MIGRATIONS: readonly string[] = [
  `create table rooms (
     id text primary key,
     name text not null,
     host_identity uuid not null,
     requires_approval boolean not null,
     created_at timestamptz not null default now()
   )`,
  `create table calls (
     id bigint generated always as identity primary key,
     room_id text not null references rooms (id) on delete cascade,
     identity uuid not null,
     name text not null,
     joined_at timestamptz not null default now(),
     left_at timestamptz
   )`,
  `create index calls_by_identity on calls (identity, joined_at desc);
   create index calls_by_room on calls (room_id, joined_at desc)`,
];

// Any number will do, as long as nothing else in this database uses it.
const LOCK = 815_001;

/** Brings the schema up to date; several servers that start at once take turns. */
export async function migrate(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    await client.query("select pg_advisory_xact_lock($1)", [LOCK]);
    await client.query("create table if not exists migrations (version integer primary key)");
    const { rows } = await client.query<{ version: number }>(
      "select coalesce(max(version), 0) as version from migrations",
    );
    const current = rows[0]?.version ?? 0;
    for (const [index, statement] of MIGRATIONS.entries()) {
      if (index >= current) {
        await client.query(statement);
        await client.query("insert into migrations (version) values ($1)", [index + 1]);
      }
    }
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw error;
  } finally {
    client.release();
  }
}
