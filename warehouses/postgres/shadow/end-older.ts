import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import { quoteIdent } from '../../../sql/quote';
import { withExclusive } from './locks';
import { SHADOW_PREFIX } from './names';
import type { ShadowNote } from './note';
import { parseNote, serverTime } from './note';

/** Milliseconds between two looks. */
const LOOK_MS = 250;

export interface EndOlderOptions {
  /** Of this database. */
  of: string;
  /** Milliseconds that those in use are left to end by themselves. */
  graceMs: number;
  /** Called at each look; throws when it is to stop. */
  waiting: (left: number) => void;
}

/**
 * Sees the end of every shadow that is there now: what was sampled until now is then nowhere any more. A rehearsal that
 * is under way has the time to come to its end; then its shadow is dropped under it. Returns how many that were.
 */
export async function endOlder(client: ClientBase, options: EndOlderOptions): Promise<number> {
  const until = (await serverTime(client)).getTime();
  const patience = performance.now() + options.graceMs;
  for (;;) {
    const left = await madeUntil(client, options.of, until);
    if (left.length === 0) return 0;
    options.waiting(left.length);
    if (performance.now() >= patience) {
      for (const name of left) await drop(client, name, options.of, until);
      return left.length;
    }
    await sleep(LOOK_MS);
  }
}

async function madeUntil(client: ClientBase, of: string, until: number): Promise<string[]> {
  const { rows } = await client.query<{ name: string; note: string | null }>(
    `select datname as name, pg_catalog.shobj_description(oid, 'pg_database') as note
       from pg_catalog.pg_database where pg_catalog.starts_with(datname, $1)`,
    [SHADOW_PREFIX],
  );
  return rows.flatMap(({ name, note }) => {
    const parsed = parseNote<ShadowNote>(note);
    return parsed?.of === of && Date.parse(parsed.madeAt) <= until ? [name] : [];
  });
}

/** Unless it has been made anew while we waited for whoever had it. */
function drop(client: ClientBase, name: string, of: string, until: number): Promise<void> {
  return withExclusive(client, name, async () => {
    if (!(await madeUntil(client, of, until)).includes(name)) return;
    await client.query(`drop database if exists ${quoteIdent(name)} with (force)`);
  });
}
