import type { Applied, Change } from '../../schemas/change';
import { quoteRelation } from '../../sql/quote';
import { applying, writeRows } from '../../warehouses/postgres/own-write';
import type { WriteContext } from '../capability';
import { assertNewest } from './assert-newest';
import type { IngestBody } from './body';
import { intoOf, isStaged } from './change-text';
import { copyFiles } from './copy-files';
import { createTarget } from './create-target';
import { ownRows } from './drift';
import { keptTable, noteRows } from './kept';
import { copyPostgres } from './postgres/copy';
import { publish, type Arrived } from './publish';
import { recordLoad, type Detail } from './record';
import { moveSequences } from './sequences';
import * as sql from './statements';
import { readWritten, since } from './written';
import { secure } from '../../warehouses/ledger.sql';

/** Loads, in the one transaction of the change. The load's own record is written last and commits with the rows. */
export async function apply(change: Change<IngestBody>, ctx: WriteContext): Promise<Applied> {
  const { body } = change;
  const { session } = ctx;
  await assertNewest(body, ctx);
  const detail: Detail = { expected: 0, read: 0, unchanged: 0, skipped: 0, files: [] };
  const before = await readWritten(session, body.relation);
  let deleted = 0;
  if (body.create) Object.assign(detail, await createTarget(body, session));
  else if (body.mode === 'replace') {
    detail.trash = keptTable('trash', change.id);
    await session.execute(sql.keepAll(detail.trash, body));
    await session.execute(secure(detail.trash));
    await noteRows(session, 'trash', change);
    deleted = await writeRows(session, sql.allRows(body), applying(change));
  }
  const staged = isStaged(body);
  if (staged) await session.execute(sql.createStage(body));
  const into = staged ? sql.STAGE : quoteRelation(body.relation);
  const { direct, waiting, quarantined } = await copy(change, into, detail, ctx);
  const done = await publish(change, { direct, waiting }, detail, session);
  const moved = await moveSequences(body, session);
  if (moved.length > 0) detail.sequences = moved;
  detail.counted = since(before, await readWritten(session, body.relation));
  if (body.reload && !body.create) detail.standing = await ownRows(session, body.relation);
  const rows = { read: detail.read, quarantined, deleted, ...done };
  await recordLoad(change, rows, detail, ctx);
  return { rows, detail: { ...detail } };
}

async function copy(
  { id, body }: Change<IngestBody>,
  into: string,
  detail: Detail,
  ctx: WriteContext,
): Promise<Arrived & { quarantined: number }> {
  const part = body.from;
  if (part.kind === 'postgres') {
    const { sent, copied, horizon, waiting } = await copyPostgres(body, part, into, ctx);
    Object.assign(detail, { expected: sent, read: copied, horizon, waiting });
    return { direct: 0, waiting: 0, [isStaged(body) ? 'waiting' : 'direct']: copied, quarantined: 0 };
  }
  const files = await copyFiles(body, part, id, ctx);
  const arrived: Arrived = { direct: 0, waiting: 0 };
  let quarantined = 0;
  for (const file of files) {
    detail.expected += file.expected;
    detail.read += file.copied + file.rejected;
    arrived[intoOf(body, file.file) === sql.STAGE ? 'waiting' : 'direct'] += file.copied;
    quarantined += file.rejected;
  }
  detail.files = files.map(({ copied: rows }) => rows);
  return { ...arrived, quarantined };
}
