import { quoteIdent, quoteRelation } from '../../../sql/quote';
import type { ActionOf } from '../action';
import { attachedTo, isUnvalidated, type Attached } from '../catalogue/attached';
import { defaultOf, tableColumns, type Column } from '../catalogue/columns';
import { findRelation, membersOf, rowsOf, type Relation } from '../catalogue/relation';
import { nothing, refuse, run, runs, type Plan, type Planning } from '../plan';
import { expectNotNull } from './expect';
import { mismatch, needColumn, needTable } from './target';

type FlagAction = ActionOf<'set default' | 'set not null' | 'drop not null'>;

interface Found {
  table: Relation;
  column: Column;
  notNull?: Attached;
}

async function find(action: FlagAction, { session }: Planning): Promise<Found | undefined> {
  if (action.ifTable && !(await findRelation(session, action.relation))) return undefined;
  const table = await needTable(session, action, action.relation);
  const { column } = await needColumn(session, action, table, action.column);
  const attached = await attachedTo(session, table.oid);
  return {
    table,
    column,
    notNull: attached.find((each) => each.kind === 'not null' && each.columns.includes(column.num)),
  };
}

export async function planSetDefault(action: ActionOf<'set default'>, at: Planning): Promise<Plan> {
  const found = await find(action, at);
  if (!found) return nothing(`there is no table ${action.relation}`);
  // Each partition has a default of its own, which the statement sets along.
  const back: string[] = [];
  for (const { oid, table } of await membersOf(at.session, found.table.oid)) {
    const column = (await tableColumns(at.session, oid)).find(({ name }) => name === action.column);
    if (column) back.push(...defaultOf(`only ${table}`, column));
  }
  return { acts: [{ sql: action.text }], undo: () => Promise.resolve(runs(back)) };
}

export async function planSetNotNull(action: ActionOf<'set not null'>, at: Planning): Promise<Plan> {
  const found = await find(action, at);
  if (!found) return nothing(`there is no table ${action.relation}`);
  const { relation, column } = action;
  if (found.notNull) {
    if (!isUnvalidated(found.notNull)) return nothing(`${column} of ${relation} is NOT NULL already`);
    throw mismatch(
      action,
      `${column} of ${relation} has a NOT NULL that is not validated; validating cannot be taken back.`,
      'Drop that constraint first, in the same step.',
    );
  }
  return {
    acts: [{ sql: action.text }],
    undo: () =>
      Promise.resolve([
        run(`alter table ${quoteRelation(relation)} alter column ${quoteIdent(column)} drop not null`),
      ]),
    expect: [expectNotNull(relation, column, true)],
  };
}

/** A NOT NULL is a constraint with a name of its own; it comes back under it. */
export async function planDropNotNull(action: ActionOf<'drop not null'>, at: Planning): Promise<Plan> {
  const found = await find(action, at);
  const { relation, column } = action;
  if (!found) return nothing(`there is no table ${relation}`);
  const { notNull } = found;
  if (!notNull) return nothing(`${column} of ${relation} may hold NULL already`);
  return {
    acts: [{ sql: action.text }],
    undo: () =>
      Promise.resolve([
        ...(isUnvalidated(notNull) ? [] : [noNulls(found.table, column)]),
        ...runs(notNull.create),
      ]),
    expect: [expectNotNull(relation, column, false)],
  };
}

/** Refuses to bring a NOT NULL back over rows that have taken advantage of its absence. */
export function noNulls(table: Relation, column: string): ReturnType<typeof refuse> {
  return refuse(
    `select count(*) as n from ${rowsOf(table)} where ${quoteIdent(column)} is null`,
    `{n} rows of ${table.name} hold NULL in ${column} now`,
  );
}
