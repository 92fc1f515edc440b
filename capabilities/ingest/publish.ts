import type { Change } from '../../schemas/change';
import { fail } from '../../schemas/errors';
import { quoteIdent, quoteRelation } from '../../sql/quote';
import { hideRows } from '../../warehouses/ledger.sql';
import { applying, assertReachesNobody } from '../../warehouses/postgres/own-write';
import type { WriteSession } from '../../warehouses/warehouse';
import type { IngestBody } from './body';
import { loading } from './failures';
import { keptTable, noteRows } from './kept';
import type { Detail } from './record';
import { repeated } from './verify';
import * as sql from './statements';

/**
 * What happens after the rows have arrived: staged ones are merged or added, a new table gets its key, the cursor is
 * read. Throws `source_invalid` for a key that occurs twice in the load, or a cursor without a value.
 */
export async function publish(
  change: Change<IngestBody>,
  copied: number,
  staged: boolean,
  detail: Detail,
  session: WriteSession,
): Promise<{ inserted: number; updated: number }> {
  const { body } = change;
  const arrived = staged ? sql.STAGE : quoteRelation(body.relation);
  if (body.cursor) await readCursor(body, arrived, detail, session);
  if (body.create && body.key.length > 0) {
    await assertKeys(body, arrived, '', session);
    await session.execute(sql.addPrimaryKey(body));
  }
  if (!staged) return { inserted: copied, updated: 0 };
  const newer = sql.newerThan(body);
  detail.skipped = newer === '' ? 0 : copied - (await countOf(`${sql.STAGE}${newer}`, session));
  if (body.mode !== 'merge') {
    const inserted = await loading(change.title, body.relation, () =>
      session.execute(sql.insertStaged(body)),
    );
    return { inserted, updated: 0 };
  }
  await assertKeys(body, arrived, newer, session);
  await session.execute(`analyze ${sql.STAGE}`);
  detail.before = keptTable('before', change.id);
  await session.execute(sql.createKept(detail.before, body));
  await session.execute(hideRows(detail.before));
  await noteRows(session, 'before', change);
  await assertReachesNobody(session, sql.mergedRows(body), applying(change));
  const merge = sql.mergeStaged(body, detail.before);
  const [merged] = await loading(change.title, body.relation, () =>
    session.query<{ inserted: number; updated: number }>(merge),
  );
  const { inserted, updated } = merged!;
  detail.unchanged = copied - detail.skipped - inserted - updated;
  return { inserted, updated };
}

async function countOf(rows: string, session: WriteSession): Promise<number> {
  const [row] = await session.query<{ count: string }>(`select count(*) from ${rows}`);
  return Number(row!.count);
}

/** Where this load ends: the greatest value that arrived; where the one before ended when nothing newer did. */
async function readCursor(
  body: IngestBody,
  arrived: string,
  detail: Detail,
  session: WriteSession,
): Promise<void> {
  const { column, after } = body.cursor!;
  const name = quoteIdent(column);
  const newer = sql.newerThan(body);
  const [row] = await session.query<{ greatest: string | null; nulls: string }>(
    `select (select max(${name})::text from ${arrived}${newer}) as greatest,
            (select count(*) from ${arrived} where ${name} is null) as nulls`,
  );
  if (Number(row!.nulls) > 0) {
    throw fail(
      'source_invalid',
      `${row!.nulls} rows have no ${column}, which is the cursor of ${body.relation}.`,
      {
        next: 'Give the cursor a column that is never null: such rows would never be loaded again.',
        place: `${body.relation}.${column}`,
      },
    );
  }
  detail.cursor = row!.greatest ?? after;
}

async function assertKeys(
  body: IngestBody,
  arrived: string,
  newer: string,
  session: WriteSession,
): Promise<void> {
  const key = sql.list(body.key);
  const [row] = await session.query<{ keys: string; rows: string; nulls: string }>(
    `select count(*) as keys, coalesce(sum(n), 0) as rows,
            (select count(*) from ${arrived} where ${body.key.map((name) => `${quoteIdent(name)} is null`).join(' or ')}) as nulls
       from (select count(*) as n from ${arrived}${newer} group by ${key} having count(*) > 1) twice`,
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
