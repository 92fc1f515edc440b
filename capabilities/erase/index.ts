import type { Applied, Change, Check, Finding, Proposed } from '../../schemas/change';
import { NO_ROWS } from '../../schemas/change';
import { fail, SluiceError } from '../../schemas/errors';
import { quoteIdent, quoteRelation } from '../../sql/quote';
import type { Capability, ProposeContext, StepContext, WriteContext } from '../capability';
import type { ErasureHouse } from '../house';
import type { IngestBody } from '../ingest';
import type { EraseBody, EraseDetail, Target } from './body';
import { eraseFrom } from './erase-relation';
import { eraseInputSchema, type EraseInput } from './input';
import { assertUnreferred, downstreamOf, targetOf, triggersSeeing, unsearchable } from './look';
import { eraseQuarantined, findQuarantined } from './quarantine';
import { remember } from './remember';
import { assertFit, matching, paramsOf, type Values } from './values';
import { verifyErased } from './verify';

const BY_INTENT = 'cannot be undone, by intent';

async function propose(input: EraseInput, ctx: ProposeContext): Promise<Proposed<EraseBody>> {
  const values = await valuesOf(input, ctx);
  const first = await targetOf(ctx.session, input.table, input.columns);
  const { relation, columns } = first.target;
  await assertFit(ctx.session, relation, columns, values);
  const targets: Target[] = [first.target];
  const findings: Finding[] = [...(await triggersSeeing(ctx.session, relation, first.oid)), ELSEWHERE];
  const lossy = [
    `${BY_INTENT}: rows of ${relation} with the given ${input.columns.join(', ')}, and every copy of them that is kept`,
  ];
  const kept = [...first.kept];
  for (const each of await downstreamOf(ctx.session, relation)) {
    const has = input.columns.every((name) => each.columns.some((column) => column.name === name));
    const isTable = 'rp'.includes(each.kind);
    if (isTable && has && input.downstream) {
      const more = await targetOf(ctx.session, each.relation, input.columns);
      await assertFit(ctx.session, each.relation, more.target.columns, values);
      targets.push(more.target);
      kept.push(...more.kept);
      lossy.push(`${BY_INTENT}: the same rows of ${each.relation}, which was built from it`);
      findings.push(...(await triggersSeeing(ctx.session, each.relation, more.oid)));
    } else if (isTable) findings.push(downstreamFinding(each.relation, relation, has, input.columns));
  }
  for (const target of targets) {
    for (const each of unsearchable(kept, target)) {
      lossy.push(
        `the undo of ${each.changeId}: what it keeps (${each.name}) may not tell whose rows it holds, and then goes as a whole`,
      );
    }
  }
  for (const target of targets.filter((each) => each.exists && !ctx.pending.has(each.relation)))
    await assertUnreferred(ctx.live, target, values);
  const rows = await countNow(ctx, targets, values);
  const where = input.columns.map((name) => `${quoteIdent(name)} = <the given value>`).join(' and ');
  return {
    title: `erase rows by ${input.columns.join(', ')} from ${targets.map((target) => target.relation).join(', ')} and every copy that is kept`,
    risk: 'destructive',
    noop: false,
    routine: false,
    lossy: [...new Set(lossy)],
    reads: [],
    writes: targets.map((target) => target.relation),
    sources: {},
    body: { request: input.request, targets },
    apply: [
      ...targets.map((target) =>
        target.exists
          ? `delete from ${quoteRelation(target.relation)} where ${where};`
          : `-- ${target.relation} is dropped; what is kept of it follows`,
      ),
      ...kept.map((each) => `-- the same rows of sluice.${each.name}, kept by ${each.changeId}`),
      '-- and of the quarantine; shadows that hold samples are dropped; a hash of the key is remembered',
      ...(input.reason === undefined ? [] : [`-- reason: ${input.reason.replace(/[\r\n]+/g, ' ')}`]),
    ].join('\n'),
    undo: `-- ${BY_INTENT}`,
    findings,
    estimate: {
      rows,
      locks: `writers of ${targets.map((target) => target.relation).join(', ')} wait until it is done`,
    },
  };
}

const ELSEWHERE: Finding = {
  severity: 'info',
  rule: 'not_erased',
  message:
    'Not erased: source files and systems it was loaded from (the next load brings the rows back), backups, and what PostgreSQL keeps on disk until it is vacuumed and its log recycled.',
};

function downstreamFinding(derived: string, from: string, has: boolean, columns: readonly string[]): Finding {
  return {
    severity: 'warning',
    rule: 'downstream_holds_copies',
    message: has
      ? `${derived} was built from ${from} and has ${columns.join(', ')}: give --downstream to erase there as well, or build it again.`
      : `${derived} was built from ${from} and has no ${columns.join(', ')}: build it again if it holds personal data.`,
  };
}

async function countNow(ctx: ProposeContext, targets: readonly Target[], values: Values): Promise<number> {
  let rows = 0;
  for (const { relation, exists, columns } of targets) {
    if (!exists || ctx.pending.has(relation)) continue;
    const [row] = await ctx.live.query<{ n: string }>(
      `select count(*) as n from ${quoteRelation(relation)} t where ${matching('t', columns)}`,
      paramsOf(columns, values),
    );
    rows += Number(row!.n);
  }
  return rows;
}

function erasureOf(ctx: StepContext): ErasureHouse {
  if (ctx.house) return ctx.house.erasure;
  throw fail('internal', 'This step was started without the store.', { next: 'Report this.' });
}

async function valuesOf(
  { request, columns }: { request: string; columns: readonly string[] },
  ctx: StepContext,
): Promise<Values> {
  const values = await erasureOf(ctx).values(request);
  if (values && columns.every((name) => Object.hasOwn(values, name))) return values;
  throw fail('not_found', 'The values of this erasure are not there (any more).', {
    next: 'They are deleted when a run has ended: ask again with `sluice erase`.',
    place: request,
  });
}

/** All places of the warehouse, in its one transaction. */
async function apply(change: Change<EraseBody>, ctx: WriteContext): Promise<Applied> {
  const { request, targets } = change.body;
  const house = erasureOf(ctx);
  const values = await valuesOf({ request, columns: targets[0]!.columns.map(({ name }) => name) }, ctx);
  const detail: EraseDetail = {
    erased: [],
    swept: [],
    quarantined: 0,
    review: [],
    artifacts: [],
    shadows: 0,
  };
  const key = await house.key();
  let deleted = 0;
  for (const target of targets) {
    ctx.heartbeat({ erasing: target.relation });
    const found = await eraseFrom(ctx.session, change.id, target, values).catch((cause: unknown) => {
      throw referred(cause, target);
    });
    const set = await findQuarantined(
      ctx.session,
      target.relation,
      target.columns,
      values,
      (loadId) => house.change(loadId) as Promise<Change<IngestBody> | undefined>,
    );
    detail.quarantined += await eraseQuarantined(ctx.session, set.mine);
    detail.review.push(...set.review);
    await remember(ctx.session, change.id, target, values, key);
    const { swept, ...erased } = found;
    detail.erased.push(erased);
    detail.swept.push(...swept);
    deleted += found.rows;
  }
  const telling = Object.values(values).filter((value) => value.length > 5);
  [detail.artifacts, detail.texts] = await Promise.all([
    house.artifactsWith(telling),
    house.textsWith(telling),
  ]);
  detail.shadows = await house.dropShadows();
  return { rows: { ...NO_ROWS, deleted, quarantined: detail.quarantined }, detail: { ...detail } };
}

/** Rows that others refer to cannot go before those do. */
function referred(cause: unknown, { relation }: Target): unknown {
  if (!(cause instanceof SluiceError) || (cause.cause as { code?: string } | undefined)?.code !== '23503')
    return cause;
  const { table, schema } = cause.cause as { table?: string; schema?: string };
  const child = [schema, table].filter(Boolean).join('.');
  return fail('target_mismatch', `Rows of ${child} refer to rows of ${relation} that are to go.`, {
    next: `Erase from ${child} first.`,
    place: child,
    cause,
  });
}

/** Removes a person's rows from a table and from every copy that Sluice keeps of them. */
export const erase: Capability<EraseInput, EraseBody> = {
  kind: 'erase',
  summary: 'A person’s rows go, from a table and from every copy that is kept; asked for by `sluice erase`.',
  input: eraseInputSchema,
  propose,
  apply,
  async verify(change: Change<EraseBody>, applied: Applied, ctx): Promise<Check[]> {
    const { request, targets } = change.body;
    const values = await valuesOf({ request, columns: targets[0]!.columns.map(({ name }) => name) }, ctx);
    return verifyErased(
      ctx.session,
      targets,
      values,
      applied.detail as unknown as EraseDetail,
      (loadId) => erasureOf(ctx).change(loadId) as Promise<Change<IngestBody> | undefined>,
    );
  },
  // What was sampled before the commit is in shadows; what is sampled from now on holds nothing of it.
  async settle(_change, ctx) {
    await erasureOf(ctx).endShadows((left) => {
      ctx.signal.throwIfAborted();
      ctx.heartbeat({ waitingForShadows: left });
    });
  },
  undo: (change) =>
    Promise.reject(
      fail('undo_refused', `"${change.title}" ${BY_INTENT}.`, {
        state: 'Nothing was undone; what was erased stays erased.',
        next: 'Load the rows again from their source, if they may be kept after all.',
        place: change.writes[0],
      }),
    ),
};
