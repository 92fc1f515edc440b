import type { RelationName } from '../../schemas/change';
import { fail } from '../../schemas/errors';
import { relationsIn, type ParsedStatement } from '../../sql/parse';
import { refusedSql } from '../../sql/text';
import type { ReadSession } from '../../warehouses/warehouse';
import { located, namesOfRelations } from './failure';
import { lockedRelations, reach, type Reached } from './reach';

export interface Column {
  name: string;
  /** As `format_type` spells it, with length and precision: `numeric(10,2)`. */
  type: string;
}

/** What the server makes of a query, found out without running it. */
export interface Shape {
  columns: Column[];
  /** Every relation the query stands on, sorted; views are followed to their tables. */
  inputs: Reached[];
  reads: RelationName[];
  /** The planner's guess. */
  rows: number;
  /** Bytes of one row, likewise. */
  width: number;
}

const EXPLAIN = 'explain (format json) ';

/**
 * Resolves a query in `session`. What the parser saw and what the server says it reads must agree, else it is refused:
 * a relation nobody knows of would be neither locked, nor fingerprinted, nor seen to change.
 * Throws `invalid_sql` with place and nearest name, `statement_refused` for system catalogues.
 */
export async function shapeOf(session: ReadSession, statement: ParsedStatement): Promise<Shape> {
  const named = relationsIn(statement).reads;
  const inputs = await reach(session, named);
  const found = new Set(inputs.map((input) => input.name));
  const missing = named.find((name) => !found.has(name));
  // To say what may have been meant; after a failure the transaction answers nothing any more.
  const known = missing === undefined ? [] : await namesOfRelations(session);
  const before = await lockedRelations(session);
  const plan = await explain(session, statement.text).catch((cause: unknown) => {
    throw located(cause, statement, EXPLAIN, known);
  });
  const columns = await columnsOf(session, statement.text);
  const after = await lockedRelations(session);
  refuseSystem(statement, inputs, missing);
  const seen = new Set(inputs.map((input) => input.oid));
  const unseen = [...after].filter(([oid]) => !before.has(oid) && !seen.has(oid)).map(([, name]) => name);
  if (unseen.length > 0) {
    throw refusedSql(
      statement.source,
      statement.start,
      `The query reads ${unseen.sort().join(', ')} without naming it.`,
      'Name every relation in the query itself, with its schema.',
    );
  }
  return { columns, inputs, reads: inputs.map((input) => input.name), ...plan };
}

/** Estimated rows and bytes a row of a query. */
export async function explain(
  session: ReadSession,
  select: string,
): Promise<{ rows: number; width: number }> {
  const [row] = await session.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(EXPLAIN + select);
  const plan = row!['QUERY PLAN'][0].Plan;
  return { rows: plan['Plan Rows'] ?? 0, width: plan['Plan Width'] ?? 0 };
}

async function columnsOf(session: ReadSession, select: string): Promise<Column[]> {
  const found = await session.describe(select);
  const types = await session.query<{ type: string }>(
    `select format_type(oid, modifier) as type
       from unnest($1::oid[], $2::int[]) with ordinality as t(oid, modifier, position) order by position`,
    [found.map((column) => column.typeOid), found.map((column) => column.typeModifier)],
  );
  return found.map(({ name }, index) => ({ name, type: types[index]!.type }));
}

/** The server has accepted the query, so a name that is not where the parser put it is a system one. */
function refuseSystem(
  statement: ParsedStatement,
  inputs: readonly Reached[],
  missing: RelationName | undefined,
): void {
  const system = missing?.replace(/^public\./, '') ?? inputs.find((input) => input.system)?.name;
  if (system === undefined) return;
  throw refusedSql(
    statement.source,
    statement.start,
    `The query reads ${system}, a system catalogue.`,
    'Read tables and views of your own: what a system catalogue says is covered by no fingerprint.',
  );
}

/** Throws `invalid_sql` unless the columns can be those of a table or view. */
export function assertColumns(statement: ParsedStatement, columns: readonly Column[]): void {
  const at = statement.source.at(statement.start);
  const refuse = (message: string, next: string): never => {
    throw fail('invalid_sql', `${message} (at ${at}).`, { next, place: at });
  };
  if (columns.length === 0) refuse('The query gives no columns', 'Select at least one column.');
  const names = columns.map((column) => column.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    refuse(`The query gives two columns called "${twice}"`, 'Give one an alias: … AS name.');
  const unnamed = names.indexOf('?column?');
  if (unnamed >= 0) refuse(`Column ${unnamed + 1} of the query has no name`, 'Give it an alias: … AS name.');
}
