import { shapeOf, type Column, type Shape } from '../../../capabilities/query/shape';
import { fail } from '../../../schemas/errors';
import type { RelationName } from '../../../schemas/change';
import { llmOf } from '../../../schemas/llm';
import { parseSingleSelect, relationsIn, type ParsedStatement } from '../../../sql/parse';
import { refusedSql } from '../../../sql/text';
import type { ReadSession } from '../../../warehouses/warehouse';
import { vetModelCalls } from '../mask/calls';
import { codesOf } from '../mask/codes';
import { splitKey } from '../../../lineage/columns/flow';
import type { MaskedRelation } from '../mask/columns';
import { columnAt, textOrigins, type TextOrigin } from '../mask/flows';
import { kindOf, TYPE_FACTS_SQL, type TypeFacts } from '../mask/kinds';
import { FETCHED, masked, showingOf, type ShownColumn } from '../mask/shown';
import { withStandIns, type StoodIn } from '../mask/stand-ins';
import { relationsFor } from './look';
import { planOf, type Plan } from './plan';
import type { ToolContext } from './tool';

/** A query of a model, found to be harmless, and what it would cost. */
export interface VettedQuery {
  statement: ParsedStatement;
  /** As it is sent: with stand-ins for hidden columns. */
  sent: StoodIn;
  shape: Shape;
  relations: ReadonlyMap<RelationName, MaskedRelation>;
  plan: Plan;
}

/** Throws `invalid_sql`, `statement_refused`, each with what to do instead. */
export async function vetQuery(session: ReadSession, ctx: ToolContext, sql: string): Promise<VettedQuery> {
  const statement = await parseSingleSelect(sql);
  const refuse = (name: RelationName, why: string): never => {
    throw refusedSql(
      statement.source,
      statement.start,
      `The query reads ${name}: ${why}.`,
      'Read tables and views of the warehouse.',
    );
  };
  const ours = (names: readonly RelationName[]): void => {
    const own = names.find((name) => name.startsWith('sluice.'));
    if (own !== undefined) refuse(own, 'it is of Sluice itself');
  };
  // Before the server is asked: it would say of these tables that row security hides their rows.
  ours(relationsIn(statement).reads);
  await vetModelCalls(session, statement);
  const shape = await shapeOf(session, statement);
  ours(shape.inputs.map(({ name }) => name));
  for (const { name, relkind } of shape.inputs) {
    if (relkind === 'f') refuse(name, 'its rows come from elsewhere');
    if (relkind === 'S') refuse(name, 'it is a sequence');
  }
  const relations = await relationsFor(session, ctx, shape.reads);
  const sent = await withStandIns(statement, relations);
  const plan = await planOf(session, `${sent.prefix}select * from (${sent.query}\n) as query`);
  return { statement, sent, shape, relations, plan };
}

/** Refuses what the planner thinks would take for ever. Throws `statement_refused`. */
export function assertAffordable({ plan, statement }: VettedQuery, ctx: ToolContext): void {
  const { planRows } = llmOf(ctx.bundle.config).limits;
  if (plan.mostRows <= planRows) return;
  throw refusedSql(
    statement.source,
    statement.start,
    `The query would go through ${Math.round(plan.mostRows).toLocaleString('en')} rows by the planner's estimate, more than the ${planRows.toLocaleString('en')} it may${plan.cartesian ? ': it joins every row with every row' : ''}.`,
    'Join on keys, filter, or aggregate earlier.',
  );
}

export interface MaskedRows {
  columns: ShownColumn[];
  rows: (string | number | boolean | null)[][];
  more: boolean;
  notes: string[];
}

/** Runs a vetted query and masks what it gives, column by column. */
export async function maskedRows(
  session: ReadSession,
  query: VettedQuery,
  limit: number,
): Promise<MaskedRows> {
  const { statement, relations, shape } = query;
  const { origins, uncertain } = await textOrigins(session, statement, relations, shape.columns.length);
  const columns = await showings(session, query, origins);
  const names = columns.map((_, at) => `c${at}`);
  const fetched = names.map(
    (name) => `left(${name}::text, ${FETCHED}) as ${name}, length(${name}::text) as n${name}`,
  );
  const found = await session.query<Record<string, string | number | null>>(
    `${query.sent.prefix}select ${fetched.join(', ')} from (${query.sent.query}\n) as query(${names.join(', ')}) limit ${limit + 1}`,
  );
  const rows = found
    .slice(0, limit)
    .map((row) =>
      columns.map((column, at) =>
        masked(row[`c${at}`] as string | null, Number(row[`nc${at}`] ?? 0), column),
      ),
    );
  const hidden = [...relations.values()].flatMap(({ relation, columns: each }) =>
    each.filter((column) => column.sensitive).map((column) => `${relation}.${column.name}`),
  );
  const notes = [
    ...(uncertain
      ? ['Where the columns of this query come from is not certain, so whatever could hold text is masked.']
      : []),
    ...(hidden.length > 0
      ? ['Hidden columns read as one and the same value: conditions, joins and groups on them mean nothing.']
      : []),
  ];
  return { columns, rows, more: found.length > limit, notes };
}

async function showings(
  session: ReadSession,
  { shape, relations, statement }: VettedQuery,
  origins: readonly TextOrigin[],
): Promise<ShownColumn[]> {
  const facts = await typesOf(session, statement, shape.columns);
  const wanted = new Map<RelationName, Set<string>>();
  for (const { texts, unchanged } of origins) {
    if (!unchanged) continue;
    for (const { relation, column } of texts.map(splitKey))
      wanted.set(relation, (wanted.get(relation) ?? new Set()).add(column));
  }
  const codes = new Map<string, ReadonlySet<string>>();
  for (const [relation, columns] of wanted) {
    const found = relations.get(relation);
    if (!found) continue;
    const known = await codesOf(
      session,
      found,
      found.columns.filter(({ name }) => columns.has(name)),
    );
    for (const [column, values] of known)
      codes.set(`${relation}\0${column}`, new Set(values.map(({ value }) => value)));
  }
  return shape.columns.map(({ name, type }, at): ShownColumn => {
    const kind = kindOf(facts[at]!);
    const { texts, unchanged } = origins[at]!;
    const plain = showingOf(kind);
    const sensitive = texts.some((key) => columnAt(relations, key)?.sensitive);
    if (sensitive) return { name, type, showing: 'hidden' };
    // Made of numbers, dates and the query's own words.
    if (texts.length === 0) return { name, type, showing: kind === 'text' ? 'query' : plain };
    if (kind !== 'text') return { name, type, showing: 'kind' };
    const all = unchanged ? texts.map((key) => codes.get(key)) : [undefined];
    if (all.some((each) => each === undefined)) return { name, type, showing: 'shape' };
    return { name, type, showing: 'codes', codes: new Set(all.flatMap((each) => [...each!])) };
  });
}

async function typesOf(
  session: ReadSession,
  statement: ParsedStatement,
  columns: readonly Column[],
): Promise<TypeFacts[]> {
  if (columns.length === 0) {
    throw fail('invalid_sql', 'The query gives no columns.', {
      next: 'Select at least one column.',
      place: statement.place,
    });
  }
  const described = await session.describe(statement.text);
  const rows = await session.query<{ facts: TypeFacts }>(
    `select ${TYPE_FACTS_SQL('t.oid')} as facts from unnest($1::oid[]) with ordinality as t(oid, at) order by t.at`,
    [described.map(({ typeOid }) => typeOid)],
  );
  return rows.map(({ facts }) => facts);
}
