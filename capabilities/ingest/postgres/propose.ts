import type { Finding } from '../../../schemas/change';
import { fail, type Fault } from '../../../schemas/errors';
import { bindParams, parseSingleSelect } from '../../../sql/parse';
import { readRelation } from '../../../sql/quote';
import type { SourceDatabase } from '../../../sources/sources';
import type { ProposeContext } from '../../capability';
import { ColumnsPlan, type PlannedColumn } from '../columns-plan';
import { cursorAfter } from '../history';
import type { FromPostgres } from '../input';
import type { FromSource, Looked, Nothing } from '../looked';
import { count } from '../quarantine';
import { newerThan } from '../statements';
import {
  describeSource,
  fingerprintOf,
  selectColumns,
  type SourceColumn,
  type SourceRelation,
} from './describe';
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
    return await proposeFrom(looked, from, relation, title, source);
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
  const cursor = input.cursor === undefined ? undefined : cursorOf(looked, plan, title, input.cursor);
  if (cursor?.after !== undefined) {
    const [newer] = await source.query<{ some: boolean }>(
      `select exists (select from (${select}\n) rows${newerThan({ cursor, columns: loaded })}) as some`,
    );
    if (!newer!.some)
      return {
        noop: `nothing new to load: ${title} has nothing newer than what is in ${looked.relation}`,
        sources: {},
      };
  }
  const { rows, bytes } = await estimate(source, select);
  return {
    columns: loaded,
    key: (input.key ?? []).map((name) => plan.resolve(name, 'key')),
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
    findings: [...repeats(looked), ...(await filtering(from, title, source))],
    sources: { [title]: described.map(({ name, type }) => `${name} ${type}`).join(', ') },
    title: `${title} (about ${count(rows)} rows)`,
    rows,
    bytes,
  };
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

function cursorOf(
  looked: Looked,
  plan: ColumnsPlan,
  title: string,
  wanted: string,
): NonNullable<FromSource['cursor']> {
  const column = plan.resolve(wanted, 'cursor');
  const source = `postgres:${title}`;
  const after = cursorAfter(looked.history, column, source);
  return { column, source, ...(after !== undefined && { after }) };
}

async function estimate(source: SourceDatabase, select: string): Promise<{ rows: number; bytes: number }> {
  const [row] = await source.query<{
    'QUERY PLAN': [{ Plan: { 'Plan Rows': number; 'Plan Width': number } }];
  }>(`explain (format json) ${select}`);
  const { 'Plan Rows': rows, 'Plan Width': width } = row!['QUERY PLAN'][0].Plan;
  return { rows, bytes: rows * width };
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

function repeats({ input, history, relation }: Looked): Finding[] {
  if (input.mode !== 'append' || input.cursor !== undefined || history.newest === null) return [];
  return [
    {
      severity: 'warning',
      rule: 'adds_again',
      message: `${relation} has rows of an earlier load, and all rows will be added again: declare a cursor, or merge or replace`,
    },
  ];
}
