import { NO_ROWS, type Applied, type Check, type Proposed } from '../../schemas/change';
import { quoteIdent } from '../../sql/quote';
import { LEDGER_SCHEMA } from '../../warehouses/ledger.sql';
import type { Capability, ProposeContext, ReadContext, StepContext, WriteContext } from '../capability';
import type { Change } from '../../schemas/change';
import type { Retention } from '../../schemas/retention';
import { NOTHING_DUE } from '../house';
import { CATEGORIES, sweepInputSchema, type Category, type SweepInput } from './input';
import { beside, dueIn, dueText, houseFor, look, type Looked } from './look';
import { dueLedger, dueQuarantine, sweepLedger, sweepQuarantine } from './rows';
import { dueKept, dueOf, sweepKept } from './undo-kept';

export interface SweepBody {
  only: Category[];
  /** As configured when it was proposed; how old things are is looked up when it is applied. */
  retention: Retention;
}

async function propose(input: SweepInput, ctx: ProposeContext): Promise<Proposed<SweepBody>> {
  const house = houseFor(ctx);
  const { retention } = house;
  const only = input.only ?? [...CATEGORIES];
  const { due, kept } = await look(ctx.live, house, retention, only);
  const found = dueIn(due);
  const noop = found.length === 0;
  const gone = {
    severity: 'info' as const,
    rule: 'swept_for_good',
    message: `What is past its retention goes for good, that is what the retention is for: runs older than ${retention.words.undo} can then no longer be undone where their undo needs what was kept.`,
  };
  return {
    title: noop
      ? 'nothing to sweep: everything is within its retention'
      : `sweep ${found.map(([category, each]) => dueText(category, { ...each, bytes: 0, oldest: null })).join(', ')}`,
    // What a reader of the warehouse could notice of it: nothing. It touches Sluice's own things only, and of those only
    // what the configuration has given up; so nobody need be asked each time, and there is nothing to rehearse.
    risk: 'read',
    noop,
    routine: true,
    lossy: [],
    reads: [],
    writes: [],
    sources: {},
    body: { only, retention },
    apply:
      found.map(([category, each]) => `-- ${category}: ${dueText(category, each)}`).join('\n') +
      dropsText(kept),
    undo: '-- nothing to undo: what is past its retention is gone for good, by design',
    findings: noop
      ? []
      : [
          gone,
          ...found.map(([category, each]) => ({
            severity: 'info' as const,
            rule: `sweep_${category}`,
            message: dueText(category, each),
          })),
        ],
    estimate: {
      rows: due.quarantine?.count ?? 0,
      bytes: Object.values(due).reduce((sum, each) => sum + each.bytes, 0),
      locks: 'none that others notice',
    },
  };
}

function dropsText(kept: Looked['kept']): string {
  const lines = kept.map(
    ({ name, changeId }) =>
      `\ndrop ${quoteIdent(LEDGER_SCHEMA)}.${quoteIdent(name)}; -- ${changeId === null ? 'of no change that stands' : changeId}`,
  );
  return lines.join('');
}

/** The warehouse's part, in its one transaction; of the rest only how much is due: {@link settle} deletes that. */
async function apply({ body }: Change<SweepBody>, ctx: WriteContext): Promise<Applied> {
  const house = houseFor(ctx);
  const { session } = ctx;
  const { retention } = body;
  const wants = new Set(body.only);
  const open = await house.openRuns();
  const done: Looked['due'] = {};
  let left: { name: string; why: string }[] = [];
  if (wants.has('undo')) {
    const result = await sweepKept(session, await dueKept(session, retention.undoMs, open));
    ({ left } = result);
    done.undo = dueOf(result.swept);
  }
  ctx.heartbeat({ swept: 'undo' });
  if (wants.has('quarantine')) {
    const due = await dueQuarantine(session, retention.quarantineMs, open);
    done.quarantine = { ...due, count: await sweepQuarantine(session, retention.quarantineMs, open) };
  }
  if (wants.has('ledger')) {
    const due = await dueLedger(session, retention.ledgerMs, open);
    done.ledger = { ...due, count: await sweepLedger(session, retention.ledgerMs, open) };
  }
  ctx.heartbeat({ swept: 'warehouse' });
  Object.assign(done, await beside(house, body.only, false));
  return { rows: { ...NO_ROWS, deleted: done.quarantine?.count ?? 0 }, detail: { done, left } };
}

/**
 * What is not in the warehouse goes once the warehouse has committed: were it deleted before, and the transaction rolled
 * back, runs would be gone whose undos are still kept. Each part is idempotent by itself.
 */
async function settle({ body }: Change<SweepBody>, ctx: StepContext): Promise<void> {
  await beside(houseFor(ctx), body.only, true);
}

async function verify({ body }: Change<SweepBody>, applied: Applied, ctx: ReadContext): Promise<Check[]> {
  const { done, left } = applied.detail as unknown as {
    done: Looked['due'];
    left: { name: string; why: string }[];
  };
  const house = houseFor(ctx);
  const still = body.only.includes('undo')
    ? await dueKept(ctx.session, body.retention.undoMs, await house.openRuns())
    : [];
  const missed = still.filter(({ name }) => !left.some((item) => item.name === name));
  return [
    ...body.only.map((category) => ({
      name: category,
      ok: true,
      severity: 'warning' as const,
      message: `swept ${dueText(category, done[category] ?? NOTHING_DUE)}`,
    })),
    {
      name: 'nothing due is left',
      ok: missed.length === 0,
      severity: 'error',
      message:
        missed.length === 0 ? 'as expected' : `still there: ${missed.map(({ name }) => name).join(', ')}`,
    },
    ...left.map(({ name, why }) => ({
      name: `sluice.${name}`,
      ok: false,
      severity: 'warning' as const,
      message: `left for the next sweep: ${why}`,
    })),
  ];
}

/** Deletes what Sluice keeps beside the data, once it is past the retention of the configuration. */
export const sweep: Capability<SweepInput, SweepBody> = {
  kind: 'sweep',
  summary: 'What Sluice keeps (undos, quarantine, runs, artifacts, shadows) and no longer needs goes.',
  input: sweepInputSchema,
  propose,
  apply,
  verify,
  settle,
  // What it deleted was given up before it was asked to: there is nothing to bring back, and nothing in the way.
  undo: () => Promise.resolve({ rows: NO_ROWS }),
};
