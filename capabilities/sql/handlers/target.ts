import type { RelationName } from '../../../schemas/change';
import { fail, type SluiceError } from '../../../schemas/errors';
import { splitRelation } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';
import { didYouMean } from '../../query/nearest';
import { isAboutRows, type Action } from '../action';
import { OR_SAY } from '../beyond';
import { tableColumns, type Column } from '../catalogue/columns';
import { findRelation, type Relation } from '../catalogue/relation';

/** `target_mismatch` at an action's place. */
export function mismatch(action: Action, found: string, next: string): SluiceError {
  const { place } = action;
  return fail('target_mismatch', `${found} (at ${place})`, { next, place });
}

const RELKINDS = { r: ['r', 'p'], v: ['v'], m: ['m'], i: ['i', 'I'] };

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
  kind: 'r' | 'v' | 'm' | 'i',
): Promise<Relation> {
  const relation = await findRelation(session, name);
  if (!relation) throw missing(action, KINDS[kind]!, name, await meant(session, name, kind));
  if (!RELKINDS[kind].includes(relation.kind)) {
    const is = KINDS[relation.kind] ?? 'relation of another kind';
    throw mismatch(action, `${name} is a ${is}, no ${KINDS[kind]}.`, insteadOf(relation.kind, kind));
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
async function meant(session: ReadSession, name: RelationName, kind: 'r' | 'v' | 'm' | 'i'): Promise<string> {
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

/** What to write where a relation of another kind was meant to be changed. */
function insteadOf(is: string, wanted: 'r' | 'v' | 'm' | 'i'): string {
  const kind = KINDS[is] ?? '';
  if (wanted === 'r' && 'vm'.includes(is)) return `Change the tables that the ${kind} reads from.`;
  if (is === 'f') return 'Its rows are on another server: change them there.';
  return `Write the statement for a ${kind}.`;
}

/** Changes of structure that have their undo on partitioned and inherited tables, too. */
const ON_TREES: ReadonlySet<Action['kind']> = new Set<Action['kind']>([
  'create table',
  'drop table',
  'attach partition',
  'detach partition',
  'rename relation',
  'rename column',
  'rename constraint',
  'add column',
  'set default',
  'set not null',
  'drop not null',
  'add constraint',
  'drop constraint',
  'create index',
]);

/** Whether a table that others inherit from may be meant: a statement about it alone, or about what they take over. */
export type Heirs = 'refuse' | 'follow';

/**
 * A table, ordinary or partitioned, that Sluice can change and take back. Throws `target_mismatch` for any other, and
 * where tables inherit from it, unless the statement leaves them alone or changes them along (`follow`).
 */
export async function needTable(
  session: ReadSession,
  action: Action,
  name: RelationName,
  heirs: Heirs = 'refuse',
): Promise<Relation> {
  const table = await need(session, action, name, 'r');
  if (table.foreign.length > 0) {
    throw mismatch(
      action,
      `Partitions of ${name} are foreign tables (${listed(table.foreign)}): what is on another server cannot be kept.`,
      'Name the partitions that are here, in statements of their own.',
    );
  }
  const ofTree = table.kind === 'p' || table.above.length > 0 || table.inherits || table.heirs.length > 0;
  if (ofTree && !isAboutRows(action) && !ON_TREES.has(action.kind)) {
    throw mismatch(
      action,
      `${name} ${table.kind === 'p' ? 'is partitioned' : table.above.length > 0 ? `is a partition of ${table.above[0]!}` : 'inherits or is inherited from'}: such a change of it cannot be taken back yet.`,
      `Change its rows (INSERT, UPDATE, DELETE, MERGE, TRUNCATE). ${OR_SAY}`,
    );
  }
  if (heirs === 'refuse' && table.heirs.length > 0) {
    throw mismatch(
      action,
      `${listed(table.heirs)} ${table.heirs.length === 1 ? 'inherits' : 'inherit'} from ${name} and would be changed along with it, which cannot be taken back yet.`,
      isAboutRows(action)
        ? `Write ONLY ${name}, and a statement for each table that inherits from it.`
        : 'End the inheritance first, by hand, or make it a partitioned table.',
    );
  }
  return table;
}

const listed = (names: readonly string[]): string =>
  names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');

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
