import type { ClientBase } from 'pg';
import type { RelationName } from '../../../schemas/change';
import { quoteRelation } from '../../../sql/quote';
import type { ContentChecksum } from '../content';
import { formatContent, parseContent } from '../content';
import type { SequencePosition } from '../sequences';

/**
 * What a shadow remembers about how it was, in a schema of its own that only the administrator reaches: the role that
 * rehearses cannot change what it will be compared with. Made in the base, so every shadow has it from the start.
 */
export const MEMORY_SCHEMA = 'sluice_shadow';

export async function createMemory(client: ClientBase): Promise<void> {
  await client.query(`
    create schema ${MEMORY_SCHEMA};
    -- The structure, object by object.
    create table ${MEMORY_SCHEMA}.line (class text, identity text, definition text);
    -- Rows of each table that was sampled. Not asked for: it has only rows that others refer to.
    create table ${MEMORY_SCHEMA}.content (relation text primary key, checksum text not null, asked boolean not null);
    -- Positions that were copied from the live database.
    create table ${MEMORY_SCHEMA}.sequence (
      name text primary key, last_value bigint not null, is_called boolean not null)`);
}

export type Contents = Map<RelationName, { checksum: ContentChecksum; asked: boolean }>;

export async function readContents(client: ClientBase): Promise<Contents> {
  const { rows } = await client.query<{ relation: string; checksum: string; asked: boolean }>(
    `select relation, checksum, asked from ${MEMORY_SCHEMA}.content`,
  );
  return new Map(
    rows.map(({ relation, checksum, asked }) => [relation, { checksum: parseContent(checksum), asked }]),
  );
}

export async function writeContents(client: ClientBase, contents: Contents): Promise<void> {
  const all = [...contents];
  await client.query(
    `insert into ${MEMORY_SCHEMA}.content select * from unnest($1::text[], $2::text[], $3::boolean[])
     on conflict (relation) do update set checksum = excluded.checksum, asked = excluded.asked`,
    [all.map(([name]) => name), all.map(([, c]) => formatContent(c.checksum)), all.map(([, c]) => c.asked)],
  );
}

/** Puts the shadow's sequences where the live ones stand, and writes that down. */
export async function writePositions(
  client: ClientBase,
  positions: ReadonlyMap<RelationName, SequencePosition>,
): Promise<void> {
  for (const [name, { lastValue, called }] of positions) {
    const { rowCount } = await client.query(
      `with target as (select pg_catalog.to_regclass($1) as sequence)
       select pg_catalog.setval(sequence, $2, $3) from target where sequence is not null`,
      [quoteRelation(name), lastValue, called],
    );
    if (rowCount === 0) continue;
    await client.query(
      `insert into ${MEMORY_SCHEMA}.sequence values ($1, $2, $3)
       on conflict (name) do update set last_value = excluded.last_value, is_called = excluded.is_called`,
      [name, lastValue, called],
    );
  }
}
