import type { Check, RelationName } from '../../schemas/change';
import { readRelation, quoteIdent, quoteLiteral, quoteRelation } from '../../sql/quote';
import type { ReadSession } from '../../warehouses/warehouse';
import { listOf, type TestInput } from './input';

/** A test as a change holds it: one statement of what every row must be. */
export type ModelTest = { severity: 'error' | 'warning' } & (
  | { kind: 'not_null'; column: string }
  /** `nulls: same`: a null is equal to another null; otherwise a row with a null is like no other. */
  | { kind: 'unique'; columns: string[]; nulls?: 'same' }
  | { kind: 'accepted_values'; column: string; values: string[] }
  | { kind: 'relationships'; column: string; to: RelationName; field: string }
  /** A SELECT over `model` that must give no rows. */
  | { kind: 'check'; name: string; sql: string }
);

/** The goal's tests, one per statement: `not_null: [a, b]` is two. */
export function testsOf(tests: readonly TestInput[]): ModelTest[] {
  return tests.flatMap((test): ModelTest[] => {
    const { severity } = test;
    if (test.not_null !== undefined) {
      return listOf(test.not_null).map((column) => ({ kind: 'not_null', column, severity }));
    }
    if (test.unique !== undefined) {
      const nulls = test.nulls === 'same' ? ({ nulls: 'same' } as const) : {};
      return [{ kind: 'unique', columns: listOf(test.unique), ...nulls, severity }];
    }
    if (test.accepted_values !== undefined) {
      const { column, values } = test.accepted_values;
      return [{ kind: 'accepted_values', column, values: values.map(String), severity }];
    }
    if (test.check !== undefined) {
      return [{ kind: 'check', name: test.name ?? 'check', sql: test.check, severity }];
    }
    const { column, to, field } = test.relationships!;
    return [{ kind: 'relationships', column, to: readRelation(to), field, severity }];
  });
}

export function testName(test: ModelTest): string {
  switch (test.kind) {
    case 'not_null':
    case 'accepted_values':
      return `${test.kind} ${test.column}`;
    case 'unique':
      return `unique ${test.columns.join(', ')}${test.nulls === 'same' ? ' (nulls: same)' : ''}`;
    case 'check':
      return test.name;
    case 'relationships':
      return `relationships ${test.column} → ${test.to}.${test.field}`;
  }
}

/** Columns of the model that a test looks at. */
export function testColumns(test: ModelTest): string[] {
  if (test.kind === 'check') return [];
  return test.kind === 'unique' ? test.columns : [test.column];
}

/**
 * Counts the rows of `source` (a relation, or a query in parentheses) that break a test. `self` is the model's name:
 * a relationship to the model itself looks at `source`, not at what is published under that name. The message says
 * how many, never which: no row value leaves the warehouse.
 */
export async function runTest(
  session: ReadSession,
  test: ModelTest,
  source: string,
  self: RelationName,
): Promise<Check> {
  const { sql, params = [], fault, look } = offence(test, source, self);
  const [row] = await session.query<{ offending: string; unseen?: string }>(sql, params);
  const offending = Number(row!.offending);
  const unseen = Number(row!.unseen ?? 0);
  const message =
    offending > 0
      ? `${rowsOf(offending)} with ${fault}; to see them: ${look}`
      : unseen > 0
        ? `every row passes; ${rowsOf(unseen)} with a null in ${testColumns(test).join(', ')} ${unseen === 1 ? 'was' : 'were'} not compared`
        : 'every row passes';
  return { name: testName(test), ok: offending === 0, severity: test.severity, message };
}

function rowsOf(count: number): string {
  return `${count} ${count === 1 ? 'row' : 'rows'}`;
}

/** Each test over `source`; see `runTest`. */
export async function runTests(
  session: ReadSession,
  tests: readonly ModelTest[],
  source: string,
  self: RelationName,
): Promise<Check[]> {
  const checks: Check[] = [];
  for (const test of tests) checks.push(await runTest(session, test, source, self));
  return checks;
}

interface Offence {
  /** Gives one row: `offending`, how many rows break the test; `unseen`, how many it did not compare because of a null. */
  sql: string;
  params?: unknown[];
  /** What is wrong with such a row: `12 rows with …`. */
  fault: string;
  /** The query that shows them to a person who may see them. */
  look: string;
}

/** How a message names what was tested: a model that failed its tests was never published. */
const MODEL = "(the model's query) as m";

function offence(test: ModelTest, source: string, self: RelationName): Offence {
  switch (test.kind) {
    case 'not_null':
      return rowsWhere(source, `m.${quoteIdent(test.column)} is null`, `no ${test.column}`);
    case 'accepted_values': {
      const column = `m.${quoteIdent(test.column)}`;
      const values = test.values.map(quoteLiteral).join(', ');
      return {
        // The parameter takes the column's own type, so that 1.0 is 1 and an impossible value is an error.
        sql: `select count(*) as offending from ${source} as m where not ${column} = any($1)`,
        params: [test.values],
        fault: `a ${test.column} that is not accepted`,
        look: `select * from ${MODEL} where ${column} not in (${values})`,
      };
    }
    case 'check':
      return {
        sql: `select count(*) as offending from (select from (${overModel(test.sql, source)}) as found limit ${COUNT_UP_TO}) as counted`,
        fault: `“${test.name}” broken`,
        look: test.sql,
      };
    case 'relationships': {
      const [column, field] = [quoteIdent(test.column), quoteIdent(test.field)];
      const to = test.to === self ? source : quoteRelation(test.to);
      const orphan = (parent: string): string =>
        `m.${column} is not null and not exists (select from ${parent} as p where p.${field} = m.${column})`;
      return {
        ...rowsWhere(source, orphan(to), `a ${test.column} that is not in ${test.to}.${test.field}`),
        look: `select * from ${MODEL} where ${orphan(quoteRelation(test.to))}`,
      };
    }
    case 'unique': {
      const columns = test.columns.map((column) => `m.${quoteIdent(column)}`);
      const list = columns.join(', ');
      const there =
        test.nulls === 'same' ? 'true' : columns.map((column) => `${column} is not null`).join(' and ');
      return {
        sql: `select coalesce(sum(n) filter (where there and n > 1), 0) as offending,
                     coalesce(sum(n) filter (where not there), 0) as unseen
                from (select count(*) as n, ${there} as there from ${source} as m group by ${list}) as g`,
        fault: `the same ${test.columns.join(', ')} as another`,
        look: `select ${list}, count(*) from ${MODEL} where ${there} group by ${list} having count(*) > 1`,
      };
    }
  }
}

/** Offending rows of a `check` are counted up to here: more would only be slower. */
const COUNT_UP_TO = 10_000;

/** A query of a goal in which `model` is `source`: a relation, or a query in parentheses. */
export function overModel(sql: string, source: string): string {
  return `with model as (select * from ${source} as built)\nselect * from (\n${sql}\n) as rows_found`;
}

function rowsWhere(source: string, where: string, fault: string): Offence {
  return {
    sql: `select count(*) as offending from ${source} as m where ${where}`,
    fault,
    look: `select * from ${MODEL} where ${where}`,
  };
}
