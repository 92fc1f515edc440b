import type { Change } from '../../schemas/change';
import { fail } from '../../schemas/errors';
import { quoteIdent, quoteRelation } from '../../sql/quote';
import { identifyRows, secure } from '../../warehouses/ledger.sql';
import { applying, assertReachesNobody } from '../../warehouses/postgres/own-write';
import type { WriteSession } from '../../warehouses/warehouse';
import type { Cursor, IngestBody } from './body';
import { isStaged } from './change-text';
import { noValue } from './cursor/guard';
import { isPlausible } from './cursor/sql';
import { loading } from './failures';
import { keptTable, noteRows } from './kept';
import type { Detail } from './record';
import { mergeRows } from './merge';
import { repeated } from './verify';
import * as sql from './statements';

/** Rows that were copied: into the table itself, and into the stage, where they wait. */
export interface Arrived {
  direct: number;
  waiting: number;
}

/**
 * What happens after the rows have arrived: staged ones are merged or added, a new table gets its key, where the load
 * ends is read. Throws `source_invalid` for a key that occurs twice in the load, or a cursor without a value.
 */
export async function publish(
  change: Change<IngestBody>,
  { direct, waiting }: Arrived,
  detail: Detail,
  session: WriteSession,
): Promise<{ inserted: number; updated: number }> {
  const { body } = change;
  const staged = isStaged(body);
  const arrived = staged ? sql.STAGE : quoteRelation(body.relation);
  if (body.cursor && body.from.kind === 'postgres')
    await readEnd(body.cursor, body, arrived, detail, session);
  if (body.create && body.key.length > 0) {
    await assertKeys(body, arrived, session);
    await session.execute(sql.addPrimaryKey(body));
  } else if (body.create) {
    await session.execute(identifyRows(quoteRelation(body.relation)));
  }
  if (!staged) return { inserted: direct, updated: 0 };
  if (body.mode !== 'merge') {
    const inserted = await loading(change.title, body.relation, () =>
      session.execute(body.missing ? sql.insertMissing(body) : sql.insertStaged(body)),
    );
    detail.unchanged = waiting - inserted;
    return { inserted: direct + inserted, updated: 0 };
  }
  await assertKeys(body, arrived, session);
  await session.execute(`analyze ${sql.STAGE}`);
  detail.before = keptTable('before', change.id);
  await session.execute(sql.createKept(detail.before, body));
  await session.execute(secure(detail.before));
  await noteRows(session, 'before', change);
  await assertReachesNobody(session, sql.mergedRows(body), applying(change));
  const { before } = detail;
  const { inserted, updated } = await loading(change.title, body.relation, () =>
    mergeRows(session, body, before),
  );
  const older = sql.countOlder(body);
  if (older !== undefined) detail.skipped = await countOf(older, session);
  detail.unchanged = waiting - detail.skipped - inserted - updated;
  return { inserted, updated };
}

async function countOf(rows: string, session: WriteSession): Promise<number> {
  const [row] = await session.query<{ count: string }>(`select count(*) from ${rows}`);
  return Number(row!.count);
}

/**
 * Where this load ends: the greatest value that arrived and that later rows can pass; never before the end of the load
 * that it goes on from.
 */
async function readEnd(
  cursor: Cursor,
  { relation }: IngestBody,
  arrived: string,
  detail: Detail,
  session: WriteSession,
): Promise<void> {
  const { column, after, type } = cursor;
  const name = `${quoteIdent(column)}::${type}`;
  const plausible = isPlausible(name, cursor, detail.horizon ?? 'null');
  const [row] = await session.query<{ greatest: string | null; nulls: string; beyond: string }>(
    `select greatest(max(${name}) filter (where ${plausible}), $1::${type})::text as greatest,
            count(*) filter (where ${name} is null) as nulls, count(*) filter (where not (${plausible})) as beyond
       from ${arrived}`,
    [after ?? null],
  );
  if (cursor.nulls === 'refuse' && Number(row!.nulls) > 0)
    throw noValue(column, relation, Number(row!.nulls));
  detail.cursor = row!.greatest ?? undefined;
  detail.beyond = Number(row!.beyond);
}

async function assertKeys(body: IngestBody, arrived: string, session: WriteSession): Promise<void> {
  const key = sql.list(body.key);
  const [row] = await session.query<{ keys: string; rows: string; nulls: string }>(
    `select count(*) as keys, coalesce(sum(n), 0) as rows,
            (select count(*) from ${arrived} where ${body.key.map((name) => `${quoteIdent(name)} is null`).join(' or ')}) as nulls
       from (select count(*) as n from ${arrived} group by ${key} having count(*) > 1) twice`,
  );
  const { keys, rows, nulls } = row!;
  const problem =
    Number(nulls) > 0
      ? `${nulls} rows have a null in the key (${body.key.join(', ')})`
      : Number(keys) > 0
        ? `${repeated(Number(keys), body.key)}, in ${rows} rows`
        : undefined;
  if (problem === undefined) return;
  throw fail(
    'source_invalid',
    `The load of ${body.relation} has rows that cannot be told apart: ${problem}.`,
    {
      state: 'Its transaction was rolled back; nothing was changed.',
      next: 'Name all the columns that make a row unique in `key`, or remove the duplicates from the source.',
      place: body.relation,
    },
  );
}
