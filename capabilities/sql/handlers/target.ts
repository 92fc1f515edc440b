import type { RelationName } from '../../../schemas/change';
import { fail, type SluiceError } from '../../../schemas/errors';
import { splitRelation } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';
import { didYouMean } from '../../query/nearest';
import type { Action } from '../action';
import { tableColumns, type Column } from '../catalogue/columns';
import { findRelation, type Relation } from '../catalogue/relation';

/** `target_mismatch` at an action's place. */
export function mismatch(action: Action, found: string, next: string): SluiceError {
  const { place } = action;
  return fail('target_mismatch', `${found} (at ${place})`, { next, place });
}

const RELKINDS = { r: ['r', 'p'], v: ['v', 'm'], i: ['i', 'I'] };

const KINDS: Record<string, string> = {
  r: 'table',
  p: 'partitioned table',
  v: 'view',
  m: 'materialized view',
  i: 'index',
  I: 'partitioned index',
  S: 'sequence',
  f: 'foreign table',
  c: 'composite type',
};

/** The relation of a kind. Throws `target_mismatch` when there is none or it is something else. */
export async function need(
  session: ReadSession,
  action: Action,
  name: RelationName,
  kind: 'r' | 'v' | 'i',
): Promise<Relation> {
  const relation = await findRelation(session, name);
  if (!relation) throw missing(action, KINDS[kind]!, name, await meant(session, name, kind));
  if (relation.kind !== kind) {
    throw mismatch(
      action,
      `${name} is a ${KINDS[relation.kind] ?? 'relation of another kind'}, no ${KINDS[kind]}.`,
      'Name the right relation.',
    );
  }
  if (relation.extension !== null) {
    throw mismatch(
      action,
      `${name} belongs to the extension ${relation.extension}.`,
      'Change it with the extension.',
    );
  }
  return relation;
}

/** `target_mismatch` for something that is not there, with ` Did you mean …?` where a name is near. */
export function missing(action: Action, what: string, name: string, near: string): SluiceError {
  return mismatch(
    action,
    `There is no ${what} ${name}.${near}`,
    'Check the name; if an earlier step makes it, name that step under `needs`.',
  );
}

/** The relation of that kind that a missing name may have meant, as a question. */
async function meant(session: ReadSession, name: RelationName, kind: 'r' | 'v' | 'i'): Promise<string> {
  const rows = await session.query<{ name: string }>(
    `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = any($1) and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'sluice')
      order by 1 limit 10000`,
    [RELKINDS[kind]],
  );
  const known = rows.map((row) => row.name);
  const { name: bare } = splitRelation(name);
  // The right name without its schema, or in another one.
  const elsewhere = known.find((each) => splitRelation(each).name === bare);
  return elsewhere === undefined ? didYouMean(name, known) : ` Did you mean "${elsewhere}"?`;
}

/** An ordinary table that Sluice can change and take back. Throws `target_mismatch` for any other. */
export async function needTable(session: ReadSession, action: Action, name: RelationName): Promise<Relation> {
  const table = await need(session, action, name, 'r');
  if (table.inherits) {
    throw mismatch(
      action,
      `${name} is a partition or inherits; that cannot be taken back yet.`,
      'Change it by hand, outside of Sluice.',
    );
  }
  return table;
}

/** The columns of a table and the one named. Throws `target_mismatch` when there is none of that name. */
export async function needColumn(
  session: ReadSession,
  action: Action,
  table: Relation,
  name: string,
): Promise<{ column: Column; columns: Column[] }> {
  const columns = await tableColumns(session, table.oid);
  const column = columns.find((each) => each.name === name);
  if (!column) {
    const known = columns.map((each) => each.name).join(', ');
    const near = didYouMean(
      name,
      columns.map((each) => each.name),
    );
    throw mismatch(action, `${table.name} has no column ${name}.${near}`, `Its columns: ${known}.`);
  }
  return { column, columns };
}
