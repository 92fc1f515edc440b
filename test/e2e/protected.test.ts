import { randomUUID } from 'node:crypto';
import { bundleFiles } from '../../activities/admit';
import type { Bundle } from '../../activities/services';
import { checkGoal } from '../../capabilities/document';
import { registry } from '../../capabilities/registry';
import { decide } from '../../client/core/runs/decide';
import { findRun, type KnownRun } from '../../client/core/runs/find';
import { followRun } from '../../client/core/runs/follow';
import { startRun } from '../../client/core/runs/start';
import { findRunToUndo, planUndo, runsBackTo, undoRun } from '../../client/core/runs/undo';
import type { Link } from '../../client/core/stack';
import { configSchema } from '../../schemas/config';
import type { RunDocument } from '../../schemas/run';
import type { Subject } from '../../store/identity/tickets';
import { closedRunsTask } from '../../workers/closed-runs';
import { problemOf } from '../client/support/problem';
import { realEngine, type RealEngine } from './in-process';
import { linkOf } from './link';

jest.setTimeout(120_000);

const person = (by: string): Subject => ({ by, verified: true, roles: [], method: 'token' });
const [ANN, BOB] = [person('ann'), person('bob')];
const ROOT: Subject = { by: 'root', verified: false, roles: [], method: 'os' };

describe('in a protected environment', () => {
  let engine: RealEngine;
  let link: Link;
  beforeAll(async () => {
    engine = await realEngine('protected', {
      resolveSecret: () => Promise.resolve(engine.database.password),
    });
    link = linkOf(engine);
    engine.write('people.csv', 'id,name\n1,ann\n2,bob\n');
  });
  afterAll(() => engine?.close());

  let made = 0;
  const tableOf = (): string => `prod_${++made}.people`;
  const exists = async (table: string): Promise<boolean> => {
    const { rows } = await engine.admin.query<{ there: boolean }>(
      'select to_regclass($1) is not null as there',
      [table],
    );
    return rows[0]!.there;
  };
  const waits = ({ status }: RunDocument): boolean => status === 'waiting';
  const approve = async (run: KnownRun, subject: Subject): Promise<RunDocument> => {
    const { digest } = (await link.store.runs.get(run.runId))!;
    await decide(link, run, { verdict: 'approve', digest: digest!, by: subject.by, subject });
    return (await followRun(link, run)).document;
  };
  /** Loads a file into a table; `by` starts it, and ann approves it. */
  const load = async (table: string, by: string, goalName = 'people'): Promise<KnownRun> => {
    const { host, port, database } = engine.database;
    const login = { readUser: 'sluice_reader', readPassword: 'secret://pw' };
    const config = configSchema.parse({
      connections: {
        prod: {
          ...{ kind: 'postgres', host, port, database, environment: 'protected', ...login },
          ...{ writeUser: 'sluice_writer', writePassword: 'secret://pw' },
        },
      },
    });
    const steps = [{ id: 'load', ingest: { from: { files: 'people.csv' }, into: table } }];
    const goal = checkGoal({ apiVersion: 'sluice/v1', goal: goalName, warehouse: 'prod', steps }, registry);
    const files = await bundleFiles(goal, registry, engine.root);
    const bundle: Bundle = { goal, config, root: engine.root, files };
    const run = await startRun(link, bundle, 'apply', by);
    const { document } = await followRun(link, run, { until: waits });
    if (document.status === 'waiting') await approve(run, ANN);
    return findRun(link, run.runId);
  };
  const eventsOf = async (runId: string): Promise<[string, string, unknown][]> => {
    const rows = await link.store.db
      .selectFrom('event')
      .select(['event', 'actor', 'data'])
      .where('run_id', '=', runId)
      .orderBy('seq')
      .execute();
    return rows.map(({ event, actor, data }) => [event, actor, data.verified]);
  };

  it('an undo takes nothing away until somebody who is verified has approved it, as a run of its own', async () => {
    const table = tableOf();
    const run = await load(table, 'bob');
    expect(await exists(table)).toBe(true);
    const asked = await undoRun(link, run, { subject: ROOT });
    expect(asked).toMatchObject({
      ended: false,
      run: { runId: `${run.runId}-undo-1` },
      document: { status: 'waiting', undoes: run.runId, needs: ['1 approver'] },
    });
    expect(await exists(table)).toBe(true);
    expect(await problemOf(approve(asked.run, ROOT))).toMatchObject({ code: 'decision_unverified' });
    const undo = await findRun(link, asked.run.runId);
    expect(undo.row).toMatchObject({ mode: 'undo', status: 'waiting', undoes: run.runId, startedBy: 'root' });
    expect(await approve(undo, ANN)).toMatchObject({ runId: run.runId, status: 'undone' });
    expect(await exists(table)).toBe(false);
    expect((await link.store.runs.get(run.runId))!.status).toBe('undone');
    expect((await link.store.runs.get(undo.runId))!.status).toBe('succeeded');
    const events = await eventsOf(run.runId);
    expect(events).toContainEqual(['undo_asked', 'root', false]);
    expect(events.filter(([event]) => event === 'undone')).toEqual([
      ['undone', 'root', false],
      ['undone', 'root', false],
    ]);
  });

  it('what is approved is what is undone: what others changed since makes the undo stale', async () => {
    const table = tableOf();
    const run = await load(table, 'bob');
    const plan = await planUndo(link, run, { subject: BOB });
    expect(plan.proposal).toMatchObject({
      undoes: { runId: run.runId },
      changes: [{ step: 'load', risk: 'destructive', estimate: { rows: 2 }, undo: '' }],
      gates: [{ approvers: 1, verified: true, localOverride: false }],
    });
    const asked = await undoRun(link, run, { subject: BOB });
    expect(asked.document.digest).toBe(plan.proposal!.digest);
    await engine.admin.query(`alter table ${table} add column note text`);
    expect(await approve(asked.run, ANN)).toMatchObject({ error: { code: 'undo_refused' } });
    expect(await exists(table)).toBe(true);
    expect((await link.store.runs.get(run.runId))!.status).toBe('succeeded');
    // What would certainly be refused is refused before anybody is asked.
    const again = await undoRun(link, run, { subject: BOB });
    expect(again.document).toMatchObject({ status: 'succeeded', error: { code: 'undo_refused' } });
  });

  it('"last" is the newest run that changed something and was started by who asks; --to takes all since', async () => {
    const [first, second] = [tableOf(), tableOf()];
    const mine = await load(first, 'carol', 'carols');
    const others = await load(second, 'dave', 'daves');
    const nothing = await load(first, 'carol', 'carols');
    expect((await findRunToUndo(link, 'last', 'carol')).runId).toBe(mine.runId);
    expect(await problemOf(findRunToUndo(link, 'last', 'eve'))).toMatchObject({ code: 'not_found' });
    // Of the beginning of several ids the one is meant that changed something.
    expect((await findRunToUndo(link, 'carols-', 'carol')).runId).toBe(mine.runId);
    expect((await runsBackTo(link, mine)).map(({ runId }) => runId)).toEqual([others.runId, mine.runId]);
    expect((await undoRun(link, nothing, { subject: ANN })).document).toMatchObject({
      runId: nothing.runId,
      status: 'succeeded',
    });
  });

  it('a run that was terminated while it waited waits no more; an undo takes the id of the workflow', async () => {
    const table = tableOf();
    const workflowId = `by-hand-${randomUUID().slice(0, 6)}`;
    const handle = await link.client.workflow.start('goal', {
      ...{ taskQueue: link.taskQueue, workflowId },
      args: [
        {
          ...{ apiVersion: 'sluice/v1', goal: 'by-hand' },
          steps: [{ id: 'load', ingest: { from: { files: 'people.csv' }, into: table } }],
        },
      ],
    });
    const { digest } = await engine.status(handle, ['waiting']);
    await handle.executeUpdate('decide', { args: [{ verdict: 'approve', digest, by: 'ann' }] });
    await handle.result();
    const run = await findRun(link, workflowId);
    expect(run.runId).not.toBe(workflowId);
    const undo = await link.client.workflow.start('undo', {
      ...{ taskQueue: link.taskQueue, workflowId: `${workflowId}-undo-1` },
      args: [{ runId: workflowId, by: 'ann' }],
    });
    expect(await undo.result()).toMatchObject({ runId: run.runId, status: 'undone' });
    expect(await exists(table)).toBe(false);

    const waiting = await engine.start({
      goal: 'ghost',
      steps: [{ id: 'load', ingest: { from: { files: 'people.csv' }, into: table } }],
    });
    await engine.status(waiting, ['waiting']);
    await waiting.terminate('by hand');
    expect(await link.store.housekeeping.openRuns()).toContain(waiting.workflowId);
    const task = closedRunsTask(link.store, link.client, engine.services.log, 0);
    await task.tick(new AbortController().signal);
    expect(await link.store.runs.get(waiting.workflowId)).toMatchObject({
      status: 'undone',
      document: { error: { code: 'cancelled', state: 'Nothing was applied.' }, steps: [{ id: 'load' }] },
    });
    expect(await link.store.housekeeping.openRuns()).not.toContain(waiting.workflowId);
  });
});
