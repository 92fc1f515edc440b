import { randomUUID } from 'node:crypto';
import { findRun } from '../../client/core/runs/find';
import { runNow } from '../../client/core/runs/look';
import { showSchedule } from '../../client/core/schedules/look';
import { RUN_STATUSES } from '../../schemas/run';
import type { Overlap } from '../../schemas/overlap';
import type { RunRow } from '../../store/runs';
import { realEngine, type RealEngine } from './in-process';
import { Registrar } from './link';
import { Outage } from './outage';

jest.setTimeout(120_000);

let engine: RealEngine;
let registrar: Registrar;
let outage: Outage;
beforeAll(async () => {
  engine = await realEngine('overlaps');
  registrar = new Registrar(engine);
  // What only reads waits at a gate, too: runs that last, and that cost nothing.
  engine.write(
    'sluice.policy.yaml',
    'floor: auto\nrules:\n  - { name: all, when: { risk: read }, decide: 1 }\n',
  );
  // It lasts while the other tests run.
  outage = await Outage.begin(engine, steps);
});
afterEach(() => registrar.clear());
afterAll(async () => {
  await outage?.close();
  await engine?.close();
});

const steps = [{ id: 'look', check: { sql: 'select 1 as one where false' } }];
const name = (what: string): string => `${what}-${randomUUID().slice(0, 8)}`;

/** Registers a goal that is due every second, and waits for its first run to come so far. */
async function everySecond(
  overlap: Overlap,
  statuses: readonly string[] = ['waiting'],
): Promise<{ goal: string; first: RunRow }> {
  const goal = name(overlap.replace('_', '-'));
  await registrar.register({ goal, schedule: { cron: '@every 1s', overlap }, steps });
  const [first] = await registrar.runs(goal, 1, [...statuses]);
  return { goal, first: first! };
}

/** The instant a run was due, in seconds: Temporal puts it behind the workflow's id. */
const dueOf = ({ workflowId }: RunRow): number => Date.parse(workflowId.slice(-20)) / 1_000;

async function until(what: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; !(await what());) {
    if (Date.now() > end) throw new Error(`waited for ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('a run that is due while an earlier one is not through', () => {
  it('waits for it with buffer_one, and the ones after it are left out', async () => {
    const { goal, first } = await everySecond('buffer_one');
    await until(async () => (await showSchedule(registrar.link, goal)).counts.skipped >= 2);
    expect(await registrar.link.store.runs.list({ goal, limit: 10 })).toHaveLength(1);
    await engine.client.workflow.getHandle(first.workflowId).executeUpdate('decide', {
      args: [{ verdict: 'reject', digest: first.digest, by: 'ann', via: 'cli' }],
    });
    const rows = await registrar.runs(goal, 2, ['rejected', 'waiting']);
    expect(rows.map((row) => row.status)).toEqual(['rejected', 'waiting']);
    // The one that was queued, not the one that was due when the first had ended.
    expect(dueOf(rows[1]!)).toBe(dueOf(first) + 1);
  });

  it('has it cancelled with cancel_other, and runs once it has taken back what it did', async () => {
    const { goal, first } = await everySecond('cancel_other', RUN_STATUSES);
    const rows = await registrar.runs(goal, 2, ['undone']);
    expect(rows[0]).toMatchObject({ runId: first.runId, status: 'undone' });
    expect(await runNow(registrar.link, await findRun(registrar.link, first.runId))).toMatchObject({
      status: 'undone',
      error: { code: 'cancelled' },
    });
    expect(dueOf(rows[1]!)).toBeGreaterThan(dueOf(first));
  });

  it('has it ended at once with terminate_other; it waited for a decision, so that nothing was applied', async () => {
    const { goal, first } = await everySecond('terminate_other', RUN_STATUSES);
    await until(async () => (await registrar.link.store.runs.list({ goal, limit: 10 })).length > 1);
    expect(await runNow(registrar.link, await findRun(registrar.link, first.runId))).toMatchObject({
      status: 'undone',
      error: { state: expect.stringContaining('Nothing was applied') as string },
    });
  });

  it('runs beside it with allow_all', async () => {
    const { goal } = await everySecond('allow_all');
    const rows = await registrar.runs(goal, 2, ['waiting']);
    expect(dueOf(rows[1]!)).toBe(dueOf(rows[0]!) + 1);
  });
});

it('jitter starts runs later at random, and not before they are due', async () => {
  const goal = name('jitter');
  await registrar.register({ goal, schedule: { cron: '0 6 * * *', jitter: '10m' }, steps });
  const { next } = await showSchedule(registrar.link, goal);
  const late = next.map((time) => Date.parse(time) - Date.parse(`${time.slice(0, 10)}T06:00:00Z`));
  expect(late.length).toBeGreaterThan(2);
  for (const ms of late) expect(ms >= 0 && ms < 600_000).toBe(true);
  expect(late.some((ms) => ms > 0)).toBe(true);
});

describe('after Temporal was down', () => {
  it('what was due is made up for as far back as `catchup` says', async () => {
    const { up, down, again, short, long } = await outage.end();
    const counts = async (goal: string) => (await showSchedule(again, goal)).counts;
    /** Of the instants that were due in the outage, how many were not started. */
    const missing = async (goal: string): Promise<number> => {
      const due = new Set<number>();
      for await (const { workflowId } of again.client.workflow.list())
        if (workflowId.startsWith(goal)) due.add(Date.parse(workflowId.slice(-20)) / 1_000);
      return up - down - 1 - [...due].filter((at) => at > down && at < up).length;
    };
    await until(async () => (await missing(long)) === 0);
    expect(await counts(long)).toMatchObject({ missed: 0 });
    await until(async () => (await counts(short)).missed > 0);
    expect(await missing(short)).toBeGreaterThan(0);
  });
});
