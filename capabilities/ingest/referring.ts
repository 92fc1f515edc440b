import type { Finding, RelationName } from '../../schemas/change';
import { fail } from '../../schemas/errors';
import { quoteRelation } from '../../sql/quote';
import {
  acting,
  foreignKeysTo,
  reached,
  reachedInWords,
  type RowWrite,
} from '../../warehouses/postgres/foreign-keys';
import type { ProposeContext } from '../capability';
import type { IngestBody } from './body';

/**
 * Throws `target_mismatch` where what a load or its undo does to rows would do something else to others: a rule turns
 * statements into others, and rows that are replaced are gone for a moment to those that refer to them.
 */
export async function assertAlone(
  relation: RelationName,
  replaces: boolean,
  { session, live }: Pick<ProposeContext, 'session' | 'live'>,
): Promise<void> {
  const [rule] = await session.query<{ name: string }>(
    `select rulename::text as name from pg_catalog.pg_rewrite where ev_class = to_regclass($1) and rulename <> '_RETURN' order by 1`,
    [quoteRelation(relation)],
  );
  if (rule) {
    throw fail(
      'target_mismatch',
      `The rule ${rule.name} of ${relation} turns statements into others: what a load and its undo would do is not known.`,
      { next: 'Drop the rule, or make it a trigger; or load into another table.', place: relation },
    );
  }
  if (!replaces) return;
  const keys = (await foreignKeysTo(session, relation)).filter(({ self }) => !self);
  if (keys.length === 0) return;
  const rows: RowWrite = { relation };
  // How many can be said of what is there now, by whoever may read it.
  const found = await reached(live, rows, keys).catch(() => []);
  const tables = [...new Set(keys.map(({ table }) => table))].join(', ');
  const now = found.length === 0 ? '' : `: ${reachedInWords(rows, found)}`;
  throw fail(
    'target_mismatch',
    `${relation} cannot be replaced: foreign keys of ${tables} refer to its rows${now}.`,
    {
      next: 'Use mode: merge, which keeps the rows that others refer to.',
      place: relation,
    },
  );
}

/** Of a merge: which columns that others refer to it may give other values, and what becomes of it then. */
export async function keysAtRisk(
  {
    relation,
    mode,
    create,
    columns,
    key,
  }: Pick<IngestBody, 'relation' | 'mode' | 'create' | 'columns' | 'key'>,
  { session }: Pick<ProposeContext, 'session'>,
): Promise<Finding[]> {
  if (mode !== 'merge' || create) return [];
  const given = columns.map(({ name }) => name).filter((name) => !key.includes(name));
  const write = { relation, set: Object.fromEntries(given.map((name) => [name, ''])) };
  return acting(await foreignKeysTo(session, relation), write).map(({ name, table, columns: pairs }) => ({
    severity: 'warning',
    rule: 'key_may_change',
    place: relation,
    message: `Rows of ${table} refer by the foreign key ${name} to ${pairs.map(({ refers }) => refers).join(', ')}, which is not the merge's key: if the load gives one that is referred to another value, it is refused.`,
  }));
}
