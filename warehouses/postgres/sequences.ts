import type { RelationName } from '../../schemas/change';
import { quoteRelation } from '../../sql/quote';
import type { ReadSession } from '../warehouse';

/** Where a sequence stands. Advancing one is never rolled back, so positions are no part of a structure. */
export interface SequencePosition {
  /** As decimal text: it may pass 2^53. */
  lastValue: string;
  /** False: `lastValue` is the next one to be handed out. */
  called: boolean;
  /** Positive or negative. */
  increment: string;
  cycles: boolean;
}

const USER_SEQUENCES = `
  select n.nspname || '.' || c.relname as name, s.seqincrement::text as increment, s.seqcycle as cycles
  from pg_catalog.pg_sequence s join pg_catalog.pg_class c on c.oid = s.seqrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'sluice', 'sluice_shadow')
    and ($1::text[] is null or n.nspname || '.' || c.relname = any($1))
  order by 1`;

/** One statement reads this many sequences. */
const AT_ONCE = 200;

/** Positions of the named sequences, or of all of the user's. Needs SELECT on each. */
export async function sequencePositions(
  session: ReadSession,
  names?: readonly RelationName[],
): Promise<Map<RelationName, SequencePosition>> {
  const sequences = await session.query<{ name: string; increment: string; cycles: boolean }>(
    USER_SEQUENCES,
    [names ?? null],
  );
  const positions = new Map<RelationName, SequencePosition>();
  for (let start = 0; start < sequences.length; start += AT_ONCE) {
    const some = sequences.slice(start, start + AT_ONCE);
    // The name is a value here and an identifier there; the index ties them together.
    const union = some.map(
      ({ name }, i) => `select ${i} as i, last_value, is_called from ${quoteRelation(name)}`,
    );
    const rows = await session.query<{ i: number; last_value: string; is_called: boolean }>(
      union.join(' union all '),
    );
    for (const { i, last_value, is_called } of rows) {
      const { name, increment, cycles } = some[i]!;
      positions.set(name, { lastValue: last_value, called: is_called, increment, cycles });
    }
  }
  return positions;
}

/**
 * How a sequence moved. Forward only skips numbers, as every rolled back transaction does; back means that numbers
 * would be handed out a second time.
 */
export function sequenceMove(before: SequencePosition, now: SequencePosition): 'same' | 'forward' | 'back' {
  if (before.lastValue === now.lastValue && before.called === now.called) return 'same';
  if (now.cycles) return 'forward';
  const distance = (BigInt(now.lastValue) - BigInt(before.lastValue)) * BigInt(now.increment);
  if (distance !== 0n) return distance > 0n ? 'forward' : 'back';
  return now.called ? 'forward' : 'back';
}
