import type { RelationName } from '../../schemas/change';
import { fail, SluiceError } from '../../schemas/errors';
import type { ReadSession } from '../../warehouses/warehouse';
import { didYouMean } from '../query/nearest';
import { parseSingleSelect, sqlText } from '../../sql/parse';
import { reach } from '../query/reach';
import { shapeOf } from '../query/shape';
import { vetCalls } from '../query/vet-calls';
import type { ModelBody } from './body';
import { overModel, runTest, testColumns, testName, type ModelTest } from './tests';

/**
 * Makes sure that each test and index can be made of the model's columns, by asking the server about no rows.
 * Returns the relations that tests look at besides the model. Throws `invalid_goal`.
 */
export async function resolveTests(session: ReadSession, body: ModelBody): Promise<RelationName[]> {
  const columns = body.columns.map((column) => column.name);
  for (const test of body.tests) assertKnown(`the test "${testName(test)}"`, testColumns(test), columns);
  for (const index of body.indexes) assertKnown(`the index on ${index.join(', ')}`, index, columns);
  const parents = body.tests.flatMap((test) => (test.kind === 'relationships' ? [test.to] : []));
  const looked = await reach(
    session,
    parents.filter((name) => name !== body.relation),
  );
  const empty = `(select * from (\n${body.sql}\n) as query limit 0)`;
  for (const test of body.tests) {
    assertParent(
      test,
      body,
      looked.map((relation) => relation.name),
    );
    await runTest(session, test, empty, body.relation).catch((cause: unknown) => {
      if (!(cause instanceof SluiceError) || !/^(invalid_sql|database_error)$/.test(cause.code)) throw cause;
      throw fail(
        'invalid_goal',
        `The test "${testName(test)}" of ${body.relation} cannot be made: ${cause.message}`,
        {
          next: 'Correct the test.',
          place: body.relation,
          cause,
        },
      );
    });
  }
  const checked = await Promise.all(
    body.tests.flatMap((test) => (test.kind === 'check' ? [readsOf(session, test.sql, empty)] : [])),
  );
  return [...new Set([...looked.map((relation) => relation.name), ...checked.flat()])];
}

/** What a check looks at, the model's own inputs included. Throws where it calls what no query of a goal may call. */
async function readsOf(session: ReadSession, sql: string, model: string): Promise<RelationName[]> {
  const statement = await parseSingleSelect(sqlText(overModel(sql, model)));
  await vetCalls(session, statement);
  return (await shapeOf(session, statement)).reads;
}

function assertKnown(what: string, named: readonly string[], columns: readonly string[]): void {
  const unknown = named.find((name) => !columns.includes(name));
  if (unknown === undefined) return;
  throw fail(
    'invalid_goal',
    `${what[0]!.toUpperCase()}${what.slice(1)} names "${unknown}", which the query does not give.${didYouMean(unknown, columns)}`,
    { next: `Name one of its columns: ${columns.join(', ')}.`, place: unknown },
  );
}

function assertParent(test: ModelTest, body: ModelBody, known: readonly RelationName[]): void {
  if (test.kind !== 'relationships' || test.to === body.relation || known.includes(test.to)) return;
  throw fail('invalid_goal', `The test "${testName(test)}" looks for ${test.to}, which does not exist.`, {
    next: 'Correct its name; if an earlier step makes it, name that step under `needs`.',
    place: test.to,
  });
}
