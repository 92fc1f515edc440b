import { fail } from '../../schemas/errors';
import type { Change, RelationFingerprint, RelationName } from '../../schemas/change';
import { quoteRelation } from '../../sql/quote';
import { fingerprintRelations } from '../../warehouses/postgres/fingerprint-relations';
import type { Patience } from '../../warehouses/patience';
import type { ReadSession, WriteSession } from '../../warehouses/warehouse';
import { askBriefly } from './wait-for-locks';

/**
 * Locks what a change touches, in one global order so that two runs cannot deadlock: an advisory lock for every
 * written name (also of what does not exist yet), SHARE ROW EXCLUSIVE on written tables (readers go on, other
 * writers wait), ACCESS SHARE on what is read (its structure stays). From the first of these on, every lock of the
 * transaction is asked for briefly, see {@link writePatiently}.
 */
export async function lockRelations(
  session: WriteSession,
  change: Pick<Change, 'reads' | 'writes'>,
  patience: Pick<Patience, 'tryMs' | 'had'>,
): Promise<void> {
  const writes = [...new Set(change.writes)].sort();
  for (const name of writes) {
    await session.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`sluice:${name}`]);
  }
  await askBriefly(session, patience);
  const written = new Set(writes);
  const all = [...new Set([...writes, ...change.reads])].sort();
  if (all.length === 0) return patience.had?.();
  const tables = await session.query<{ name: string; partitioned: boolean }>(
    `select n.nspname || '.' || c.relname as name, c.relkind = 'p' as partitioned
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and n.nspname || '.' || c.relname = any($1)
      order by 1`,
    [all],
  );
  for (const { name, partitioned } of tables) {
    const mode = written.has(name) ? 'share row exclusive' : 'access share';
    // The rows of a partitioned table are in its partitions, into which others may write directly.
    const only = partitioned && written.has(name) ? '' : 'only ';
    await session.execute(`lock table ${only}${quoteRelation(name)} in ${mode} mode`);
  }
  patience.had?.();
}

/** Fingerprints of everything a change reads or writes. */
export function fingerprintsOf(
  session: ReadSession,
  change: Pick<Change, 'reads' | 'writes'>,
): Promise<Record<RelationName, RelationFingerprint>> {
  return fingerprintRelations(session, [...new Set([...change.reads, ...change.writes])].sort());
}

/** Throws `proposal_stale`, naming the relations, when one is not what was looked at when the change was proposed. */
export async function assertUnmoved(session: ReadSession, change: Change): Promise<void> {
  const now = await fingerprintRelations(session, Object.keys(change.fingerprints).sort());
  const moved = Object.keys(change.fingerprints).filter((name) => now[name] !== change.fingerprints[name]);
  if (moved.length === 0) return;
  const found = moved.map((name) => describeMove(name, change.fingerprints[name], now[name]));
  throw fail(
    'proposal_stale',
    `Step "${change.step}" was proposed for relations that have moved since: ${found.join('; ')}.`,
    {
      next: 'Run the goal again: it will be proposed for what is there now, and asked about again.',
      step: change.step,
      place: moved[0]!,
    },
  );
}

function describeMove(name: string, before: string | undefined, now: string | undefined): string {
  if (before === 'absent') return `${name} exists now`;
  if (now === 'absent') return `${name} is gone`;
  return `${name} has another structure, owner or privileges`;
}
