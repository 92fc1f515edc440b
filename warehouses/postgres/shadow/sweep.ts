import type { ClientBase } from 'pg';
import { quoteIdent } from '../../../sql/quote';
import { ifFree } from './locks';
import { BASE_PREFIX, SHADOW_PREFIX } from './names';
import type { Note } from './note';
import { parseNote, serverTime } from './note';

const SHADOW_AGE_MS = 60 * 60 * 1000;
/** So many bases of one database are kept: a goal goes back and forth between few structures. */
const KEPT_BASES = 4;

interface Row {
  name: string;
  note: string | null;
  in_use: boolean;
}

type Noted = Row & { parsed: Note };

export interface SweepOptions {
  /** Milliseconds after which a shadow without a session is nobody's; default: an hour. */
  ageMs?: number;
  /** Only shadows of this database, and no bases; default: all. */
  of?: string;
}

/**
 * Drops what nobody needs: shadows of runs that never came to drop them (older than an hour and without a session),
 * and all but the newest bases of each database. Whatever is locked is in somebody's hands and stays.
 */
export async function sweep(client: ClientBase, options: SweepOptions = {}): Promise<string[]> {
  const dropped: string[] = [];
  for (const { name, note } of await unused(client, options)) {
    await ifFree(client, name, async () => {
      // While we waited for others' drops its maker may have come to the end, or a run may have begun to use it.
      const still = await client.query(
        `select from pg_catalog.pg_database d where datname = $1
           and pg_catalog.shobj_description(oid, 'pg_database') is not distinct from $2
           and not exists (select from pg_catalog.pg_stat_activity a where a.datid = d.oid)`,
        [name, note],
      );
      if (still.rowCount === 0) return;
      await client.query(`drop database if exists ${quoteIdent(name)}`);
      dropped.push(name);
    });
  }
  return dropped;
}

/** How many that would be, their size, and when the oldest was made. */
export async function lookAtUnused(
  client: ClientBase,
  options: SweepOptions,
): Promise<{ count: number; bytes: number; oldest: string | null }> {
  const found = await unused(client, options);
  const { rows } = await client.query<{ bytes: number }>(
    `select coalesce(sum(pg_catalog.pg_database_size(oid)), 0)::float8 as bytes from pg_catalog.pg_database where datname = any($1)`,
    [found.map(({ name }) => name)],
  );
  const made = found.flatMap(({ note }) => parseNote<Note>(note)?.madeAt ?? []).sort();
  return { count: found.length, bytes: rows[0]!.bytes, oldest: made[0] ?? null };
}

async function unused(client: ClientBase, { ageMs = SHADOW_AGE_MS, of }: SweepOptions): Promise<Row[]> {
  const now = (await serverTime(client)).getTime();
  const { rows } = await client.query<Row>(
    `select datname as name, pg_catalog.shobj_description(oid, 'pg_database') as note,
       exists (select from pg_catalog.pg_stat_activity a where a.datid = d.oid) as in_use
     from pg_catalog.pg_database d
     where pg_catalog.starts_with(datname, $1) or pg_catalog.starts_with(datname, $2)`,
    [SHADOW_PREFIX, BASE_PREFIX],
  );
  const notes = rows.flatMap((row) => {
    const parsed = parseNote<Note>(row.note);
    return parsed ? [{ ...row, parsed }] : [];
  });
  // Its maker holds its lock until it is finished: when the lock is free, the maker is gone.
  const unfinished = rows.filter((row) => parseNote(row.note) === undefined);
  const oldShadows = notes.filter(
    ({ parsed, in_use }) => parsed.kind === 'shadow' && !in_use && now - Date.parse(parsed.madeAt) > ageMs,
  );
  if (of !== undefined)
    return oldShadows.filter(({ parsed }) => parsed.kind === 'shadow' && parsed.of === of);
  return [...unfinished, ...oldShadows, ...supernumerary(notes)];
}

function supernumerary(rows: readonly Noted[]): Row[] {
  const byOrigin = new Map<string, Noted[]>();
  for (const row of rows) {
    if (row.parsed.kind === 'base')
      byOrigin.set(row.parsed.of, [...(byOrigin.get(row.parsed.of) ?? []), row]);
  }
  return [...byOrigin.values()].flatMap((group) =>
    group.sort((a, b) => b.parsed.madeAt.localeCompare(a.parsed.madeAt)).slice(KEPT_BASES),
  );
}
