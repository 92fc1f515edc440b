import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { backfillId, boundary, clockId, filesId, OVERLAP } from '../../client/core/schedules/temporal';
import { listSchedules, showSchedule } from '../../client/core/schedules/look';
import {
  backfillOfGoal,
  cancelBackfill,
  listBackfills,
  startBackfill,
} from '../../client/core/schedules/backfills';
import { planBackfill } from '../../client/core/schedules/plan-backfill';
import {
  pauseSchedule,
  removeSchedule,
  resumeSchedule,
  triggerSchedule,
} from '../../client/core/schedules/steer';
import type { Bundle } from '../../activities/services';
import type { Overlap } from '../../schemas/overlap';
import type { RunRow } from '../../store/runs';
import { keepHistory } from './histories';
import { realEngine, type RealEngine } from './in-process';
import { Registrar } from './link';

jest.setTimeout(120_000);

let engine: RealEngine;
let registrar: Registrar;
beforeAll(async () => {
  engine = await realEngine('schedules');
  registrar = new Registrar(engine);
});
afterEach(() => registrar.clear());
afterAll(() => engine?.close());

const name = (what: string): string => `${what}-${randomUUID().slice(0, 8)}`;
/** Far from now: no test waits for the clock. */
const YEARLY = '30 2 1 1 *';
/** Reads only, so that nobody has to approve; fails when `day` is this. */
const look = (bad = '1900-01-01') => [
  { id: 'look', check: { sql: `select 1 as one where :day = date '${bad}'` } },
];
const day = { day: { type: 'date', from: 'schedule' } };

/** Temporal is told that the days from one to another (inclusive) pass now: what its clock does, without waiting. */
async function pass(
  goal: string,
  { from, to, overlap, timezone = 'UTC' }: { from: string; to: string; overlap: Overlap; timezone?: string },
): Promise<void> {
  const after = new Date(Date.parse(`${to}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  await engine.client.schedule.getHandle(clockId(goal)).backfill({
    // Temporal takes the start as exclusive.
    start: new Date(boundary(from, { timezone }) - 1_000),
    end: new Date(boundary(after, { timezone }) - 1_000),
    overlap: OVERLAP[overlap],
  });
}

const paramsOf = async (rows: RunRow[]): Promise<Record<string, unknown>[]> =>
  Promise.all(
    rows.map(async (row) => (await engine.services.store.artifacts.getJson<Bundle>(row.bundle)).goal.params),
  );

describe('a goal with a schedule', () => {
  it('is a Temporal Schedule, is updated when the document changes, and says what changed', async () => {
    const goal = name('changes');
    const document = {
      goal,
      params: day,
      schedule: { cron: YEARLY, overlap: 'buffer_one', catchup: '2d', jitter: '5m' },
      steps: look(),
    };
    expect(await registrar.register(document)).toMatchObject({ outcome: 'created', changes: [] });
    expect(await registrar.register(document)).toMatchObject({ outcome: 'unchanged', changes: [] });
    const changed = {
      ...document,
      schedule: { cron: '30 3 1 1 *', pauseOnFailure: true },
      steps: look('1901-01-01'),
    };
    expect(await registrar.register(changed)).toMatchObject({
      outcome: 'updated',
      changes: expect.arrayContaining([
        `schedule.cron: "${YEARLY}" → "30 3 1 1 *"`,
        'schedule.jitter: gone (was "5m")',
        'step look: does something else',
      ]) as string[],
    });
    const { spec, policies, action } = await engine.client.schedule.getHandle(clockId(goal)).describe();
    expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 3_600_000, pauseOnFailure: true });
    expect(spec.calendars).toHaveLength(1);
    expect(action).toMatchObject({ workflowType: 'goal', workflowId: goal });
  });

  it('without a time or a trigger is refused, and so are goals that start each other for ever', async () => {
    const [a, b] = [name('a'), name('b')];
    await expect(registrar.register({ goal: a, params: day, steps: look() })).rejects.toMatchObject({
      code: 'invalid_goal',
    });
    await registrar.register({ goal: b, params: day, trigger: { after: [a] }, steps: look() });
    await expect(
      registrar.register({ goal: a, params: day, trigger: { after: [b] }, steps: look() }),
    ).rejects.toMatchObject({
      code: 'invalid_goal',
      message: expect.stringContaining(`${a} after ${b} after ${a}`) as string,
    });
    expect(await engine.services.store.schedules.find(a)).toBeUndefined();
  });

  it('is paused, resumed, triggered and removed', async () => {
    const goal = name('steered');
    await registrar.register({ goal, params: day, schedule: { cron: YEARLY }, steps: look() });
    expect((await showSchedule(registrar.link, goal)).next.length).toBeGreaterThan(0);
    await pauseSchedule(registrar.link, goal, 'a holiday');
    expect(await showSchedule(registrar.link, goal)).toMatchObject({
      paused: true,
      note: 'a holiday',
      next: [],
    });
    await resumeSchedule(registrar.link, goal, 'back');
    expect((await listSchedules(registrar.link)).find((view) => view.goal === goal)).toMatchObject({
      paused: false,
    });
    await triggerSchedule(registrar.link, goal, 'ann');
    const [row] = await registrar.runs(goal, 1);
    expect(await paramsOf([row!])).toEqual([{ day: new Date().toISOString().slice(0, 10) }]);
    await removeSchedule(registrar.link, goal);
    await expect(showSchedule(registrar.link, goal)).rejects.toMatchObject({ code: 'not_found' });
    await expect(engine.client.schedule.getHandle(clockId(goal)).describe()).rejects.toThrow();
  });
});

describe('a run that the clock starts', () => {
  it('has an id of its own and the time it is for, and nothing of the next one', async () => {
    const goal = name('daily');
    const params = {
      ...day,
      yesterday: { type: 'date', from: 'schedule', offset: '-1d' },
      month: { type: 'timestamp', from: 'schedule', floor: 'month' },
      limit: { type: 'integer', default: 3 },
    };
    const schedule = { cron: '0 6 * * *', timezone: 'Europe/Berlin', jitter: '10m' };
    await registrar.register({ goal, params, schedule, steps: look() });
    const { timezone } = schedule;
    const span = { from: '2026-03-28', to: '2026-03-30', overlap: 'buffer_all', timezone } as const;
    await pass(goal, span);
    const rows = await registrar.runs(goal, 3);
    expect(await paramsOf(rows)).toEqual(
      ['2026-03-28', '2026-03-29', '2026-03-30'].map((date, index) => ({
        day: date,
        yesterday: ['2026-03-27', '2026-03-28', '2026-03-29'][index],
        month: '2026-03-01T00:00:00+01:00',
        limit: 3,
      })),
    );
    expect(rows.map((row) => row.workflowId)).toEqual(
      ['2026-03-28T05:00:00Z', '2026-03-29T04:00:00Z', '2026-03-30T04:00:00Z'].map(
        (time) => `${goal}-${time}`,
      ),
    );
    expect(new Set(rows.map((row) => row.runId)).size).toBe(3);
    for (const { runId, startedBy } of rows) {
      expect(runId).toMatch(/^daily-[0-9a-f]{8}-2026-03-\d\dt0[45]0000z-[0-9a-f]{8}$/);
      expect(startedBy).toBe('schedule');
    }
  });

  it('at 02:30 in New York is left out in spring, when there is no such time, and comes once in autumn', async () => {
    const goal = name('dst');
    const schedule = { cron: '30 2 * * *', timezone: 'America/New_York' };
    const { warnings } = await registrar.register({ goal, params: day, schedule, steps: look() });
    expect(warnings).toEqual([
      expect.stringMatching(/^02:30 does not exist on 20\d\d-03-\d\d in America\/New_York/),
    ]);
    await pass(goal, {
      from: '2026-03-07',
      to: '2026-03-09',
      overlap: 'buffer_all',
      timezone: schedule.timezone,
    });
    // Of two backfills that reach Temporal's schedule in one workflow task it keeps the second.
    await registrar.runs(goal, 2);
    await pass(goal, {
      from: '2026-10-31',
      to: '2026-11-02',
      overlap: 'buffer_all',
      timezone: schedule.timezone,
    });
    const days = ['2026-03-07', '2026-03-09', '2026-10-31', '2026-11-01', '2026-11-02'];
    const rows = await registrar.runs(goal, days.length);
    expect((await paramsOf(rows)).map((params) => params.day)).toEqual(days);
    expect(rows[3]!.workflowId).toBe(`${goal}-2026-11-01T07:30:00Z`);
  });

  it('at 01:30 in New York comes twice in autumn, both for the same day', async () => {
    const goal = name('twice');
    const schedule = { cron: '30 1 * * *', timezone: 'America/New_York' };
    const { warnings } = await registrar.register({ goal, params: day, schedule, steps: look() });
    expect(warnings).toEqual([expect.stringMatching(/^01:30 comes twice on 20\d\d-11-\d\d/)]);
    await pass(goal, {
      from: '2026-11-01',
      to: '2026-11-01',
      overlap: 'buffer_all',
      timezone: schedule.timezone,
    });
    const rows = await registrar.runs(goal, 2);
    expect(rows.map((row) => row.workflowId)).toEqual([
      `${goal}-2026-11-01T05:30:00Z`,
      `${goal}-2026-11-01T06:30:00Z`,
    ]);
    expect((await paramsOf(rows)).map((params) => params.day)).toEqual(['2026-11-01', '2026-11-01']);
  });

  it('is left out while an earlier one waits at its gate', async () => {
    const goal = name('overlaps');
    engine.write('overlap.csv', 'id\n1\n');
    const steps = [
      { id: 'load', ingest: { from: { files: 'overlap.csv' }, into: `overlap.${goal.replace('-', '_')}` } },
    ];
    await registrar.register({ goal, schedule: { cron: '0 6 * * *' }, steps });
    await pass(goal, { from: '2026-03-01', to: '2026-03-03', overlap: 'skip' });
    const [row] = await registrar.runs(goal, 1, ['waiting']);
    const skipped = async (): Promise<number> => (await showSchedule(registrar.link, goal)).counts.skipped;
    for (const end = Date.now() + 20_000; (await skipped()) < 2 && Date.now() < end;)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await skipped()).toBe(2);
    expect(await showSchedule(registrar.link, goal)).toMatchObject({
      stalled: { runId: row!.runId, since: row!.updatedAt.toISOString() },
    });
    expect(await registrar.link.store.runs.list({ goal, limit: 10 })).toHaveLength(1);
    const handle = engine.client.workflow.getHandle(row!.workflowId);
    await handle.executeUpdate('decide', {
      args: [{ verdict: 'reject', digest: row!.digest, by: 'ann', via: 'cli' }],
    });
  });

  it('that fails pauses its schedule, when it is told to', async () => {
    const goal = name('pauses');
    await registrar.register({
      goal,
      params: day,
      schedule: { cron: '0 6 * * *', pauseOnFailure: true },
      steps: look('2026-03-01'),
    });
    await pass(goal, {
      from: '2026-03-01',
      to: '2026-03-01',
      overlap: 'buffer_all',
    });
    await registrar.runs(goal, 1, ['rolled_back']);
    for (
      const end = Date.now() + 20_000;
      !(await showSchedule(registrar.link, goal)).paused && Date.now() < end;
    )
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await showSchedule(registrar.link, goal)).toMatchObject({
      paused: true,
      note: expect.stringContaining('ailure') as string,
    });
  });
});

describe('a backfill', () => {
  const startOf = async (goal: string, from: string, to: string) =>
    startBackfill(registrar.link, await planBackfill(registrar.link, goal, { from, to }), {
      overlap: 'buffer_all',
      by: 'ann',
    });
  const state = async (goal: string, wanted: string) => {
    for (const end = Date.now() + 20_000; ;) {
      const view = await backfillOfGoal(registrar.link, goal);
      if (view?.state === wanted || Date.now() > end) return view;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const reject = async (row: RunRow): Promise<void> => {
    await engine.client.workflow.getHandle(row.workflowId).executeUpdate('decide', {
      args: [{ verdict: 'reject', digest: row.digest, by: 'ann', via: 'cli' }],
    });
  };
  /** A goal whose every run waits at its gate. */
  const gated = async (): Promise<string> => {
    const goal = name('gated');
    engine.write('gated.csv', 'id\n1\n');
    const into = `gated.${goal.replace('-', '_')}`;
    const steps = [{ id: 'load', ingest: { from: { files: 'gated.csv' }, into } }];
    await registrar.register({ goal, params: day, schedule: { cron: '0 6 * * *' }, steps });
    return goal;
  };

  it('starts the run of each time, one after the other, goes on after a failure, and says how far it is', async () => {
    const goal = name('past');
    const schedule = { cron: '0 6 * * *', timezone: 'Africa/Cairo' };
    await registrar.register({ goal, params: day, schedule, steps: look('2024-04-26') });
    expect(await startOf(goal, '2024-04-25', '2024-04-27')).toMatchObject({ state: 'running', total: 3 });
    expect(await state(goal, 'done')).toMatchObject({
      ...{ succeeded: 2, failed: 1, running: [], by: 'ann' },
      ...{ from: '2024-04-25T04:00:00.000Z', to: '2024-04-27T03:00:00.000Z' },
      lastFailed: expect.stringContaining('2024-04-26t030000z') as string,
    });
    const rows = await registrar.runs(goal, 3, ['succeeded', 'rolled_back']);
    expect((await paramsOf(rows)).map((params) => params.day)).toEqual([
      '2024-04-25',
      '2024-04-26',
      '2024-04-27',
    ]);
    expect(rows.map(({ status, startedBy }) => [status, startedBy])).toEqual([
      ['succeeded', 'ann'],
      ['rolled_back', 'ann'],
      ['succeeded', 'ann'],
    ]);
    await keepHistory('backfilled', engine.client.workflow.getHandle(backfillId(goal)));
  });

  it('of a schedule that a failure pauses stops at one', async () => {
    const goal = name('stops');
    const schedule = { cron: '0 6 * * *', pauseOnFailure: true };
    await registrar.register({ goal, params: day, schedule, steps: look('2024-04-25') });
    await startOf(goal, '2024-04-25', '2024-04-27');
    expect(await state(goal, 'stopped')).toMatchObject({ succeeded: 0, failed: 1, total: 3 });
    expect(await registrar.link.store.runs.list({ goal, limit: 9 })).toHaveLength(1);
  });

  it('is one at a time, is cancelled, and leaves its run alone', async () => {
    const goal = await gated();
    await startOf(goal, '2024-04-25', '2024-04-27');
    const [row] = await registrar.runs(goal, 1, ['waiting']);
    await expect(startOf(goal, '2024-05-01', '2024-05-02')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('0 of 3 runs') as string,
    });
    expect(await showSchedule(registrar.link, goal)).toMatchObject({
      backfill: { state: 'running', total: 3, running: [row!.runId] },
    });
    expect((await listBackfills(registrar.link)).map((view) => view.goal)).toContain(goal);
    await cancelBackfill(registrar.link, goal);
    expect(await state(goal, 'cancelled')).toMatchObject({ succeeded: 0, failed: 0, total: 3 });
    await expect(cancelBackfill(registrar.link, goal)).rejects.toMatchObject({ code: 'not_found' });
    expect(await engine.status(engine.client.workflow.getHandle(row!.workflowId), ['waiting'])).toBeDefined();
    await reject(row!);
    expect(await registrar.link.store.runs.list({ goal, limit: 9 })).toHaveLength(1);
    await keepHistory('backfill_cancelled', engine.client.workflow.getHandle(backfillId(goal)));
  });

  it('starts no run while its schedule is paused, and goes on when that is resumed', async () => {
    const goal = await gated();
    await startOf(goal, '2024-04-25', '2024-04-26');
    const [first] = await registrar.runs(goal, 1, ['waiting']);
    await pauseSchedule(registrar.link, goal, 'a holiday');
    await reject(first!);
    for (const end = Date.now() + 20_000; (await state(goal, 'paused'))?.failed !== 1 && Date.now() < end;);
    expect(await state(goal, 'paused')).toMatchObject({ failed: 1, running: [] });
    expect(await registrar.link.store.runs.list({ goal, limit: 9 })).toHaveLength(1);
    await resumeSchedule(registrar.link, goal, 'back');
    const rows = await registrar.runs(goal, 1, ['waiting']);
    expect(rows).toHaveLength(2);
    await removeSchedule(registrar.link, goal);
    expect(await state(goal, 'cancelled')).toMatchObject({ total: 2 });
    await reject(rows[1]!);
  });
});

describe('a standing approval of a scheduled goal', () => {
  it('is shown as covering runs of the document that was approved, and of no other', async () => {
    const goal = name('approved');
    const steps = [{ id: 'look', check: { sql: 'select 1 as one where false' } }];
    const document = { goal, steps, schedule: { cron: YEARLY } };
    const handle = await engine.start(document);
    const { runId } = await engine.outcome(handle);
    await engine.services.store.standing.grant(
      {
        ...{ id: randomUUID(), goal, runId, digest: 'd', by: 'ann', verified: false },
        ...{ roles: [], key: 'k', bounds: {} },
      },
      86_400_000,
    );
    const objections = async (): Promise<unknown[]> =>
      (await showSchedule(registrar.link, goal)).standing.map(({ objection }) => objection);
    await registrar.register({ ...document, schedule: { cron: '0 6 1 1 *' } });
    expect(await objections()).toEqual([undefined]);
    const other = [{ id: 'look', check: { sql: 'select 2 as two where false' } }];
    await registrar.register({ ...document, steps: other });
    expect(await objections()).toEqual(['is for another goal document']);
  });
});

describe('a run with nothing new', () => {
  it('costs one look: no shadow, no gate, four activities, and says so', async () => {
    engine.write('quiet.csv', 'id\n1\n');
    const goal = name('quiet');
    const document = {
      goal,
      steps: [{ id: 'load', ingest: { from: { files: 'quiet.csv' }, into: 'quiet.t' } }],
    };
    const first = await engine.start(document);
    await engine.approve(first);
    await engine.outcome(first);
    const handle = await engine.start(document);
    expect(await engine.outcome(handle)).toMatchObject({
      status: 'succeeded',
      nothingNew: true,
      steps: [{ status: 'skipped', title: expect.stringContaining('nothing new in the files') as string }],
    });
    const { events = [] } = await handle.fetchHistory();
    const activities = (events ?? []).flatMap(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [],
    );
    expect(activities).toEqual(['admit', 'propose', 'seal', 'record']);
    expect(events!.length).toBeLessThan(35);
    await keepHistory('nothing_new', handle);
  });
});

describe('a goal that comes after another', () => {
  it('is started once by each success, for the same time, and not by a failure', async () => {
    const [first, second] = [name('first'), name('second')];
    await registrar.register({ goal: second, params: day, trigger: { after: [first] }, steps: look() });
    await registrar.register({
      goal: first,
      params: day,
      schedule: { cron: '0 6 * * *' },
      steps: look('2026-03-02'),
    });
    await pass(first, {
      from: '2026-03-01',
      to: '2026-03-03',
      overlap: 'buffer_all',
    });
    const rows = await registrar.runs(first, 3, ['succeeded', 'rolled_back']);
    expect(rows.map((row) => row.status)).toEqual(['succeeded', 'rolled_back', 'succeeded']);
    const followed = await registrar.runs(second, 2);
    expect((await paramsOf(followed)).map((params) => params.day)).toEqual(['2026-03-01', '2026-03-03']);
    expect(followed.map((row) => row.startedBy)).toEqual([
      `after ${rows[0]!.runId}`,
      `after ${rows[2]!.runId}`,
    ]);
  });

  it('is not started while it is paused', async () => {
    const [first, second] = [name('first'), name('second')];
    await registrar.register({ goal: second, params: day, trigger: { after: [first] }, steps: look() });
    const run = async (): Promise<WorkflowHandle> => {
      const handle = await engine.start({
        goal: first,
        steps: [{ id: 'look', check: { sql: 'select 1 as one where false' } }],
      });
      await handle.result();
      return handle;
    };
    const started = async (handle: WorkflowHandle): Promise<number> =>
      (await handle.fetchHistory()).events!.filter(
        (event) => event.startChildWorkflowExecutionInitiatedEventAttributes,
      ).length;
    await pauseSchedule(registrar.link, second, 'a holiday');
    expect(await started(await run())).toBe(0);
    await resumeSchedule(registrar.link, second, 'back');
    const handle = await run();
    expect(await started(handle)).toBe(1);
    await registrar.runs(second, 1);
    await keepHistory('starts_another', handle);
  });

  it('is not started again when the run is reset', async () => {
    const [first, second] = [name('first'), name('second')];
    await registrar.register({ goal: second, params: day, trigger: { after: [first] }, steps: look() });
    const handle = await engine.start({
      goal: first,
      steps: [{ id: 'look', check: { sql: 'select 1 as one where false' } }],
    });
    await engine.outcome(handle);
    const { events } = await handle.fetchHistory();
    const recorded = events!.findLast(
      (event) =>
        event.workflowTaskCompletedEventAttributes && Number(event.eventId) < Number(events!.at(-2)!.eventId),
    )!;
    await engine.client.workflowService.resetWorkflowExecution({
      namespace: engine.client.options.namespace,
      workflowExecution: { workflowId: handle.workflowId },
      reason: 'test',
      requestId: randomUUID(),
      workflowTaskFinishEventId: recorded.eventId,
    });
    const again = engine.client.workflow.getHandle(handle.workflowId);
    await again.result();
    const { events: repeated } = await again.fetchHistory();
    expect(repeated!.some((event) => event.startChildWorkflowExecutionFailedEventAttributes)).toBe(true);
    expect(await registrar.runs(second, 1)).toHaveLength(1);
  });
});

describe('a goal that files start', () => {
  it('runs once for what is there when it has settled, and again when there is more', async () => {
    const goal = name('files');
    const steps = [{ id: 'load', ingest: { from: { files: 'inbox/*.csv' }, into: 'inbox.rows' } }];
    await registrar.register({ goal, trigger: { files: 'inbox/*.csv', every: '1s' }, steps });
    engine.write('inbox/a.csv', 'id\n1\n');
    const [first] = await registrar.runs(goal, 1, ['waiting']);
    expect(first).toMatchObject({ startedBy: 'new files' });
    await engine.approve(engine.client.workflow.getHandle(first!.workflowId));
    await registrar.runs(goal, 1);
    const { parentExecution } = await engine.client.workflow.getHandle(first!.workflowId).describe();
    const watcher = engine.client.workflow.getHandle(parentExecution!.workflowId!);
    await watcher.result();
    await keepHistory('watched_files', watcher);
    engine.write('inbox/b.csv', 'id\n2\n');
    const rows = await registrar.runs(goal, 1, ['waiting']);
    expect(rows).toHaveLength(2);
    await engine.approve(engine.client.workflow.getHandle(rows[1]!.workflowId));
    await registrar.runs(goal, 2);
    expect((await engine.admin.query('select id from inbox.rows order by id')).rows).toHaveLength(2);
    const { info } = await engine.client.schedule.getHandle(filesId(goal)).describe();
    expect(info.numActionsTaken).toBeGreaterThan(2);
  });
});
