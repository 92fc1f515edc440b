import { createHash } from 'node:crypto';
import type { Finding } from '../../../schemas/change';
import { fail, type Fault } from '../../../schemas/errors';
import { bindParams, parseSingleSelect } from '../../../sql/parse';
import { readRelation } from '../../../sql/quote';
import type { SourceDatabase } from '../../../sources/sources';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { ProposeContext } from '../../capability';
import { ColumnsPlan, type PlannedColumn } from '../columns-plan';
import type { Cursor } from '../body';
import { assertLag, assertOrdered, boundOf, orderOf } from '../cursor/position';
import { cursorSpec } from '../cursor/spec';
import { cursorAfter } from '../history';
import type { FromPostgres } from '../input';
import type { FromSource, Looked, Nothing } from '../looked';
import { count } from '../quarantine';
import {
  describeSource,
  fingerprintOf,
  selectColumns,
  type SourceColumn,
  type SourceRelation,
} from './describe';
import { compareByKey, type Compared } from './compare';
import { lookAtCursor } from './incremental';
import { widens } from './widening';

/** Looks at a table or query of another PostgreSQL: its columns, types, and whether there is anything new. */
export async function proposePostgres(
  looked: Looked,
  from: FromPostgres,
  ctx: ProposeContext,
): Promise<FromSource | Nothing> {
  const relation: SourceRelation =
    from.table !== undefined
      ? { table: readRelation(from.table) }
      : { query: (await parseSingleSelect(await bindParams(from.query!, ctx.params))).text };
  const title = `${from.postgres}: ${relation.table ?? `the query of step ${ctx.step}`}`;
  const source = await ctx.sources.postgres(from.postgres, { filtered: from.row_security === 'filtered' });
  try {
    return await proposeFrom(looked, from, relation, title, source, ctx);
  } finally {
    await source.close();
  }
}

async function proposeFrom(
  looked: Looked,
  from: FromPostgres,
  relation: SourceRelation,
  title: string,
  source: SourceDatabase,
  ctx: ProposeContext,
): Promise<FromSource | Nothing> {
  const { input, target } = looked;
  const described = await describeSource(source, relation);
  const plan = new ColumnsPlan(input, target, looked.types);
  const names = chosenNames(input.columns, described, title);
  const picked = described.flatMap((column) => {
    const name = names.get(column.name);
    return name === undefined ? [] : [{ source: column, planned: plan.column(name, column.name) }];
  });
  const types = new Map(
    picked.map(({ source: column, planned }) => [planned.name, typeFor(column, planned)]),
  );
  assertWiden(looked, title, picked);
  const loaded = plan.finish(false).map((column) => ({ ...column, type: types.get(column.name)!.stored }));
  const columns = loaded.map((column) => {
    const { source: from } = picked.find(({ planned }) => planned.name === column.name)!;
    return { source: from, name: column.name, type: types.get(column.name)!.sent };
  });
  const select = selectColumns(relation, columns);
  const key = (input.key ?? []).map((name) => plan.resolve(name, 'key'));
  const sent = columns.map(({ name, type }) => ({ name, type }));
  const cursor = await cursorOf(looked, plan, title, relation, picked, ctx.live);
  const at = cursor && (await lookAtCursor(looked, source, ctx, { select, title, sent, key }, cursor));
  const read = at?.select ?? select;
  const estimated = await estimate(source, read, at?.arriving);
  const comparable = looked.target && looked.live && key.length > 0 && input.mode !== 'replace';
  const compared = comparable
    ? await compareByKey(source, ctx.live, read, looked.relation, { sent, key, loaded })
    : undefined;
  const nothingNew = compared
    ? compared.added + compared.changed === 0
    : cursor?.bound !== undefined && cursor.from === 'after' && estimated.rows === 0 && at?.arriving === 0;
  if (nothingNew)
    return { noop: nothingNewIn(looked, title, cursor, at?.left), sources: {}, findings: at?.findings };
  const arriving = compared ? compared.added + compared.changed + compared.equal : estimated.rows;
  return {
    columns: loaded,
    key,
    ...(cursor && { cursor }),
    from: {
      kind: 'postgres',
      connection: from.postgres,
      title,
      select,
      columns: fingerprintOf(described),
      ...(from.row_security === 'filtered' && { filtered: true as const }),
      describe: relation,
    },
    findings: [
      ...(at?.findings ?? []),
      ...repeats(looked, cursor, ctx),
      ...(await filtering(from, title, source)),
    ],
    sources: { [title]: described.map(({ name, type }) => `${name} ${type}`).join(', ') },
    title: `${title} (${compared ? changesIn(compared) : `${at?.arriving === undefined ? 'about ' : ''}${count(arriving)} row${arriving === 1 ? '' : 's'}`})`,
    rows: compared ? compared.added + compared.changed : arriving,
    read: arriving,
    bytes: arriving * estimated.width,
  };
}

/** `2 new rows, 1 changed, 5 the same` */
function changesIn({ added, changed, equal }: Compared): string {
  const parts = [
    ...(added > 0 || changed === 0 ? [`${count(added)} new`] : []),
    ...(changed > 0 ? [`${count(changed)} changed`] : []),
    ...(equal > 0 ? [`${count(equal)} unchanged`] : []),
  ];
  return `rows: ${parts.join(', ')}`;
}

function nothingNewIn({ relation }: Looked, title: string, cursor: Cursor | undefined, left = ''): string {
  const what =
    cursor?.after === undefined
      ? `nothing new or changed in ${title}`
      : `nothing newer than ${cursor.after} in ${title}`;
  return `${what} (${relation})${left === '' ? '' : `; but ${left}`}`;
}

/** Names in the table: as in the source, or as chosen. Throws `source_invalid` for a choice that is not there. */
function chosenNames(
  columns: Record<string, string> | undefined,
  described: readonly SourceColumn[],
  title: string,
): Map<string, string> {
  if (!columns) return new Map(described.map(({ name }) => [name, name]));
  const missing = Object.keys(columns).find((name) => !described.some((column) => column.name === name));
  if (missing === undefined) return new Map(Object.entries(columns));
  throw fail('source_invalid', `${title} has no column "${missing}".`, {
    next: `It has: ${described.map(({ name }) => name).join(', ')}.`,
    place: title,
  });
}

/** The type a column has in the table, and the one its values are sent as. */
function typeFor(column: SourceColumn, { declared }: PlannedColumn): { stored: string; sent: string } {
  if (!declared) return { stored: column.portable, sent: column.portable };
  // A label arrives as its text, a domain's value as its base's; the target's own input function judges them.
  return { stored: declared.type, sent: declared.labels ? 'text' : (declared.base ?? declared.type) };
}

function assertWiden(
  { relation, target }: Looked,
  title: string,
  picked: readonly { source: SourceColumn; planned: PlannedColumn }[],
): void {
  const faults = picked.flatMap(({ source, planned }): Fault[] => {
    const { sent } = typeFor(source, planned);
    if (widens(source.portable, sent)) return [];
    return [
      {
        path: `${relation}.${planned.name}`,
        message: `is ${source.type} in the source, ${planned.declared!.type} ${target ? 'in the table' : 'as declared'}`,
      },
    ];
  });
  if (faults.length === 0) return;
  const found = faults.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw fail('target_mismatch', `Values of ${title} might change on their way: ${found}.`, {
    next: 'Cast them as you mean it in a `query`, or give the table types that hold every value.',
    place: relation,
    faults,
  });
}

/** Throws `invalid_goal` for a cursor without an order of time or number. */
async function cursorOf(
  looked: Looked,
  plan: ColumnsPlan,
  title: string,
  { query }: SourceRelation,
  picked: readonly { source: SourceColumn; planned: PlannedColumn }[],
  live: ReadSession,
): Promise<Cursor | undefined> {
  const { input, history } = looked;
  const spec = cursorSpec(input);
  if (!spec) return undefined;
  const column = plan.resolve(spec.column, 'cursor');
  const { source, planned } = picked.find((each) => each.planned.name === column)!;
  assertOrdered(source.name, orderOf(source.portable) ? source.portable : source.type, title);
  const type = typeFor(source, planned).sent;
  const order = assertOrdered(column, type, looked.relation);
  assertLag(spec, order);
  // To merge, a query that asks for other rows than before starts anew: what it gives besides may lie before the cursor.
  const asked = query !== undefined && input.mode === 'merge' ? ` ${sha256(query).slice(0, 12)}` : '';
  const name = `postgres:${title}${asked}`;
  const after = input.reload ? undefined : cursorAfter(history, column, name);
  const told = input.mode === 'merge' || input.key !== undefined;
  const cursor: Cursor = {
    ...{ column, source: name, order, type, from: spec.from, nulls: spec.nulls },
    beyond: told ? 'load' : 'wait',
  };
  if (after === undefined) return cursor;
  return { ...cursor, after, bound: await boundOf(live, after, spec, cursor) };
}

async function estimate(
  source: SourceDatabase,
  select: string,
  counted: number | undefined,
): Promise<{ rows: number; width: number }> {
  const [row] = await source.query<{
    'QUERY PLAN': [{ Plan: { 'Plan Rows': number; 'Plan Width': number } }];
  }>(`explain (format json) ${select}`);
  const { 'Plan Rows': rows, 'Plan Width': width } = row!['QUERY PLAN'][0].Plan;
  return { rows: counted ?? rows, width };
}

async function filtering(from: FromPostgres, title: string, source: SourceDatabase): Promise<Finding[]> {
  if (from.row_security !== 'filtered') return [];
  const [row] = await source.query<{ role: string }>('select current_user::text as role');
  return [
    {
      severity: 'info',
      rule: 'row_security_filters',
      message: `${title}: reads only the rows that row security shows to ${row!.role}`,
    },
  ];
}

function repeats(
  { input, history, relation }: Looked,
  cursor: Cursor | undefined,
  { goal, step }: ProposeContext,
): Finding[] {
  const goesOn = cursor?.after !== undefined || input.reload === true;
  if (input.mode !== 'append' || goesOn || history.newest === null) return [];
  if (cursor && !history.loads.some((load) => load.goal === goal && load.step === step)) return [];
  return [
    {
      severity: 'warning',
      rule: 'adds_again',
      message: `${relation} has rows of an earlier load${cursor ? ' without this cursor' : ''}, and all rows will be added again: ${cursor ? '' : 'declare a cursor, or '}merge or replace`,
    },
  ];
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
