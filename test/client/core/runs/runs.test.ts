import { Context } from '@temporalio/activity';
import { decide } from '../../../../client/core/runs/decide';
import { findRun, type KnownRun } from '../../../../client/core/runs/find';
import { followRun } from '../../../../client/core/runs/follow';
import { lookAt } from '../../../../client/core/runs/look';
import { undoRun } from '../../../../client/core/runs/undo';
import type { Link } from '../../../../client/core/stack';
import type { RunDocument } from '../../../../schemas/run';
import type { Subject } from '../../../../store/identity/tickets';
import { DIGEST, failure, scripted, type Script, type Scripted } from '../../../workflows/scripted';
import { recordRun, testLink } from '../../support/link';
import { problemOf } from '../../support/problem';

jest.setTimeout(60_000);

const THREE = ['a', 'b', 'c'].map((id) => ({ id, writes: [`s.${id}`] }));
const OPEN = { approvers: 0 };
const ANN: Subject = { by: 'ann', verified: false, roles: [], method: 'os' };
const CHANGE = {
  ...{ ref: 'r', id: 'c-a', step: 'a', kind: 'ingest', title: 'load a', risk: 'additive' as const },
  ...{ noop: false, reads: [], writes: ['s.a'] },
};

describe('a client of a run', () => {
  let worker: Scripted;
  let link: Link;
  /** Starts a run as the script says, known to the store as far as its first activity would have made it. */
  const start = async (script: Script): Promise<KnownRun> => {
    worker = await scripted(script);
    const handle = await worker.start();
    const { taskQueue } = await handle.describe();
    link = await testLink(taskQueue);
    const runId = handle.workflowId;
    const temporalRunId = (await handle.describe()).runId;
    await recordRun(link, { runId, temporalRunId });
    return { runId, goal: 'g', workflowId: runId, temporalRunId };
  };
  const untilWaiting = (run: KnownRun) =>
    followRun(link, run, { until: ({ status }) => status === 'waiting' });
  const verdict = (over: object = {}) => ({
    verdict: 'approve' as const,
    digest: DIGEST,
    by: 'ann',
    ...over,
  });

  afterEach(async () => {
    await worker.close();
    await link.close();
  });

  describe('follows it', () => {
    it('to its end, seeing each step go through', async () => {
      const run = await start({ steps: THREE, gate: OPEN });
      const seen: string[] = [];
      const { document, ended } = await followRun(link, run, {
        onLook: ({ status }) => void seen.push(status),
      });
      expect(ended).toBe(true);
      expect(document).toMatchObject({
        status: 'succeeded',
        goal: 'g',
        steps: [{ status: 'applied' }, {}, {}],
      });
      expect(seen.at(-1)).toBe('succeeded');
    });

    it('and leaves no call behind it when it has seen the end, with nobody there to answer it', async () => {
      const run = await start({ gate: OPEN });
      await followRun(link, run);
      await worker.close();
      let asking = 0;
      const withDeadline = link.client.withDeadline.bind(link.client);
      jest.spyOn(link.client, 'withDeadline').mockImplementation(async (deadline, ask) => {
        asking++;
        return withDeadline(deadline, ask).finally(() => asking--);
      });
      expect(await lookAt(link, run)).toMatchObject({ kind: 'ended' });
      expect(asking).toBe(0);
      worker = await scripted();
    });

    it('to where it waits', async () => {
      const run = await start({});
      const { document, ended } = await untilWaiting(run);
      expect(ended).toBe(false);
      expect(document).toMatchObject({ status: 'waiting', digest: DIGEST });
    });

    it('to a failure, whose steps and problem it then knows', async () => {
      const run = await start({
        gate: OPEN,
        activities: { apply: () => Promise.reject(failure('check_failed')) },
      });
      const { document, ended } = await followRun(link, run);
      expect(ended).toBe(true);
      expect(document).toMatchObject({
        status: 'rolled_back',
        error: { code: 'check_failed' },
        steps: [{ id: 'a' }],
      });
    });

    it('to a refusal to admit it, which no store knows of', async () => {
      const run = await start({ activities: { admit: () => Promise.reject(failure('invalid_goal')) } });
      const { document } = await followRun(link, run);
      expect(document).toMatchObject({
        goal: 'g',
        status: 'rolled_back',
        error: { code: 'invalid_goal' },
        steps: [],
      });
    });

    it('to a cancellation, of which the store has the outcome', async () => {
      const run = await start({});
      const { document: waiting } = await untilWaiting(run);
      const undone: RunDocument = { ...waiting, status: 'undone' };
      await link.client.workflow.getHandle(run.workflowId).cancel();
      await link.store.runs.report(undone);
      expect((await followRun(link, run)).document).toMatchObject({ status: 'undone' });
    });

    it('to a termination while it waited, after which nothing waits any more: nothing was applied', async () => {
      const run = await start({});
      await untilWaiting(run);
      await link.client.workflow.getHandle(run.workflowId).terminate('by hand');
      const { document, ended } = await followRun(link, run);
      expect(ended).toBe(true);
      const end = { status: 'undone', error: { code: 'cancelled', state: 'Nothing was applied.' } };
      expect(document).toMatchObject(end);
      expect(await link.store.runs.get(run.runId)).toMatchObject({ status: 'undone', document: end });
    });

    it('until it is told to stop, and leaves it alone', async () => {
      const run = await start({});
      await untilWaiting(run);
      const away = new AbortController();
      setTimeout(() => away.abort(), 200);
      const followed = await followRun(link, run, { signal: away.signal });
      expect(followed).toMatchObject({ ended: false, document: { status: 'waiting' } });
      expect(await lookAt(link, run)).toMatchObject({ kind: 'open' });
    });

    it('while no worker answers, and says so', async () => {
      const run = await start({});
      await untilWaiting(run);
      await worker.close();
      const away = new AbortController();
      const silences: (string | undefined)[] = [];
      const onSilence = (why: string | undefined): void => {
        silences.push(why);
        if (why !== undefined) away.abort();
      };
      const { ended } = await followRun(link, run, { signal: away.signal, onSilence });
      expect(ended).toBe(false);
      expect(silences.at(-1)).toContain('no worker answers');
      worker = await scripted();
    });
  });

  describe('decides on it', () => {
    it('and it goes on', async () => {
      const run = await start({});
      await untilWaiting(run);
      await decide(link, run, verdict());
      expect((await followRun(link, run)).document.status).toBe('succeeded');
    });

    it.each([
      ['for another digest', { digest: 'e'.repeat(64) }, 'decision_stale'],
      ['by nobody', { by: '  ' }, 'decision_unidentified'],
    ])('%s: refused, on the record, and nothing changes', async (_what, over, code) => {
      const run = await start({});
      await untilWaiting(run);
      expect(await problemOf(decide(link, run, verdict(over)))).toMatchObject({ code });
      expect(await link.store.record.decisions(run.runId)).toMatchObject([
        { accepted: false, reason: code, via: 'cli' },
      ]);
      expect(await lookAt(link, run)).toMatchObject({ document: { status: 'waiting' } });
    });

    it('twice: the second is refused', async () => {
      const run = await start({ gate: { approvers: 2, confirm: ['s.a'] } });
      await untilWaiting(run);
      await decide(link, run, verdict());
      expect(await problemOf(decide(link, run, verdict()))).toMatchObject({ code: 'decision_duplicate' });
      await decide(link, run, verdict({ by: 'bob' }));
      expect((await followRun(link, run)).document.status).toBe('succeeded');
    });

    it('too late: refused, also when the workflow is all that knows', async () => {
      const run = await start({ gate: OPEN });
      const { document } = await followRun(link, run);
      expect(await problemOf(decide(link, run, verdict()))).toMatchObject({ code: 'decision_late' });
      await link.store.runs.report(document);
      expect(await problemOf(decide(link, run, verdict({ by: 'bob' })))).toMatchObject({
        code: 'decision_late',
      });
      expect(await link.store.record.decisions(run.runId)).toHaveLength(2);
    });

    it('before there is a proposal: refused', async () => {
      let go = (): void => undefined;
      const wait = new Promise<void>((resolve) => (go = resolve));
      const run = await start({ activities: { openShadow: () => wait.then(() => ({ gaps: [] })) } });
      await followRun(link, run, { until: ({ status }) => status === 'rehearsing' });
      expect(await problemOf(decide(link, run, verdict()))).toMatchObject({ code: 'decision_refused' });
      go();
    });
  });

  describe('undoes it', () => {
    const rows = { read: 0, inserted: 0, updated: 0, deleted: 7, quarantined: 0 };
    const ended = (run: KnownRun, document: RunDocument): Script['activities'] => ({
      loadUndo: () =>
        Promise.resolve({
          run: { runId: run.runId, goal: 'g', bundle: 'b' },
          ...{ document, changes: [CHANGE], warehouse: 'local', owner: '', guarded: false },
          actor: { by: 'ann', verified: false },
        }),
      undo: () => Promise.resolve({ steps: [{ step: 'a', rows }] }),
    });

    it('when it has ended, as often as it is asked', async () => {
      const run = await start({ gate: OPEN });
      const { document } = await followRun(link, run);
      await link.store.runs.report(document);
      await worker.close();
      worker = await scripted({ activities: ended(run, document) });
      const own: Link = { ...link, taskQueue: await queueOf(worker) };
      const known = await findRun(own, run.runId);
      const first = await undoRun(own, known, { subject: ANN });
      expect(first).toMatchObject({
        ended: true,
        document: {
          status: 'undone',
          goal: 'g',
          workflowId: run.workflowId,
          steps: [{ status: 'undone', rows }],
        },
      });
      const second = await undoRun(own, known, { subject: ANN });
      expect(second.document.status).toBe('undone');
      const ids = [1, 2].map((n) => link.client.workflow.getHandle(`${run.runId}-undo-${n}`).describe());
      expect((await Promise.all(ids)).map(({ status }) => status.name)).toEqual(['COMPLETED', 'COMPLETED']);
    });

    it('and says what stands in the way when that is refused', async () => {
      const run = await start({ gate: OPEN });
      const { document } = await followRun(link, run);
      await worker.close();
      worker = await scripted({
        activities: {
          ...ended(run, document),
          undo: () => Promise.reject(failure('undo_refused', 'later changes stand on it')),
        },
      });
      const own: Link = { ...link, taskQueue: await queueOf(worker) };
      const refused = await undoRun(own, run, { subject: ANN });
      expect(refused.document).toMatchObject({
        status: 'succeeded',
        error: { code: 'undo_refused', message: 'later changes stand on it' },
      });
    });

    it('while it is applied by cancelling it', async () => {
      let applying = (): void => undefined;
      const begun = new Promise<void>((resolve) => (applying = resolve));
      const run = await start({
        steps: THREE,
        gate: OPEN,
        activities: {
          // Applies until it is told to stop, as a long load would.
          apply: async () => {
            const activity = Context.current();
            const pulse = setInterval(() => activity.heartbeat(), 50);
            applying();
            return activity.cancelled.finally(() => clearInterval(pulse));
          },
        },
      });
      await begun;
      const { document } = await undoRun(link, run, { subject: ANN });
      expect(document.status).toBe('undone');
      expect(worker.calls).toContain('record:undone');
    });

    it('not while it waits: there is nothing to undo', async () => {
      const run = await start({});
      await untilWaiting(run);
      const problem = await problemOf(undoRun(link, run, { subject: ANN }));
      expect(problem).toMatchObject({
        code: 'undo_refused',
        next: expect.stringContaining('sluice reject') as string,
      });
    });

    it('when it is held by telling it so', async () => {
      const run = await start({
        gate: OPEN,
        admitted: { onFailure: 'hold' },
        activities: { apply: () => Promise.reject(failure('check_failed')) },
      });
      await followRun(link, run, { until: ({ status }) => status === 'held' });
      expect((await undoRun(link, run, { subject: ANN })).document).toMatchObject({ status: 'rolled_back' });
      expect(worker.calls).toContain('undo:a');
    });
  });
});

async function queueOf(worker: Scripted): Promise<string> {
  const handle = await worker.start();
  const { taskQueue } = await handle.describe();
  await handle.terminate();
  return taskQueue;
}

describe('finding a run', () => {
  let worker: Scripted;
  let link: Link;
  beforeAll(async () => {
    worker = await scripted();
    link = await testLink();
    for (const runId of ['flights-20130131-aaaaaa', 'flights-20130131-aabbbb', 'other_20130131-cccccc']) {
      await recordRun(link, { runId, temporalRunId: 'x' });
    }
  });
  afterAll(async () => {
    await worker.close();
    await link.close();
  });

  it.each([
    ['its id', 'flights-20130131-aaaaaa', 'flights-20130131-aaaaaa'],
    ['the beginning of one', 'flights-20130131-aab', 'flights-20130131-aabbbb'],
    ['last', 'last', 'other_20130131-cccccc'],
  ])('by %s', async (_what, wanted, runId) => {
    expect(await findRun(link, wanted)).toMatchObject({ runId, goal: 'g' });
  });

  it.each([
    ['the beginning of several', 'flights', 'usage'],
    ['what is nobody’s', 'nothing', 'not_found'],
    ['nothing', '', 'not_found'],
    ['a pattern', 'other%', 'not_found'],
  ])('by %s fails', async (_what, wanted, code) => {
    expect(await problemOf(findRun(link, wanted))).toMatchObject({ code });
  });

  it('names the candidates', async () => {
    const { faults } = await problemOf(findRun(link, 'flights'));
    expect(faults?.map((fault) => fault.path).sort()).toEqual([
      'flights-20130131-aaaaaa',
      'flights-20130131-aabbbb',
    ]);
  });

  it('also when only Temporal knows it', async () => {
    const handle = await worker.start();
    expect(await findRun(link, handle.workflowId)).toMatchObject({ workflowId: handle.workflowId });
    await handle.terminate();
  });
});
