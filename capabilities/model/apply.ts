import type { Applied, Change, RowCounts } from '../../schemas/change';
import { NO_ROWS } from '../../schemas/change';
import { fail } from '../../schemas/errors';
import { quoteIdent, quoteRelation, splitRelation } from '../../sql/quote';
import { identifyRows } from '../../warehouses/ledger.sql';
import type { WriteSession } from '../../warehouses/warehouse';
import type { WriteContext } from '../capability';
import { reach } from '../query/reach';
import { tokensOf } from '../query/tokens';
import type { ModelBody, ModelMemory } from './body';
import { describe } from './comment';
import { addIndexes } from './indexes';
import { asideOf } from './names';
import type { Published } from './published';
import { replaceRows } from './replace-rows';
import { replaceBySwap } from './replace-by-swap';
import { replaceView } from './replace-view';
import { schemaExists, targetOf } from './target';
import { runTests } from './tests';

export async function applyModel(change: Change<ModelBody>, ctx: WriteContext): Promise<Applied> {
  const { body } = change;
  const { session } = ctx;
  const madeSchema = await ensureSchema(session, body);
  // Before the query: what is committed in between then shows as a difference at the next look, never the other way.
  const inputs = body.steady ? await tokensOf(session, await reach(session, body.inputs)) : undefined;
  const published = await publish(change, ctx);
  const [now] = await session.query<{ xid: string }>('select pg_current_xact_id()::xid::text as xid');
  const target = await targetOf(session, body.relation);
  const memory: ModelMemory = {
    artifact: body.artifact,
    mode: body.mode,
    oid: target!.oid,
    xid: now!.xid,
    rows: published.rows,
    ...(inputs ? { inputs } : {}),
    checks: published.checks,
    madeSchema,
    ...published.memory,
  };
  const rows: RowCounts = { ...NO_ROWS, inserted: published.rows, deleted: published.deleted };
  return { rows, detail: { ...memory } };
}

async function publish(change: Change<ModelBody>, ctx: WriteContext): Promise<Published> {
  const { body } = change;
  const { session } = ctx;
  if (body.mode === 'create') return create(session, body);
  const old = await targetOf(session, body.relation);
  if (!old) {
    throw fail('proposal_stale', `${body.relation} is gone since the model was proposed.`, {
      next: 'Run the goal again.',
      place: body.relation,
    });
  }
  const aside = asideOf(change.id);
  switch (body.mode) {
    case 'rows':
      return replaceRows(session, change, old, aside);
    case 'replace':
      return replaceView(ctx, body, old);
    case 'swap':
      return replaceBySwap(ctx, body, old, aside);
  }
}

async function create(session: WriteSession, body: ModelBody): Promise<Published> {
  const relation = quoteRelation(body.relation);
  const affected = await session.execute(`create ${body.materialized} ${relation} as\n${body.sql}`);
  const { oid } = (await targetOf(session, body.relation))!;
  if (body.materialized === 'table') {
    await session.execute(identifyRows(relation));
    await addIndexes(session, body.relation, oid, body.indexes);
  }
  await describe(session, body);
  const rows = body.materialized === 'table' ? affected : 0;
  if (body.materialized === 'table') await session.execute(`analyze ${relation}`);
  return {
    checks: await runTests(session, body.tests, relation, body.relation),
    rows,
    deleted: 0,
    memory: {},
  };
}

async function ensureSchema(session: WriteSession, body: ModelBody): Promise<boolean> {
  const { schema } = splitRelation(body.relation);
  if (await schemaExists(session, schema)) return false;
  await session.execute(`create schema ${quoteIdent(schema)}`);
  return true;
}
