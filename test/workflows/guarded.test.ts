import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { LoadedUndo } from '../../schemas/life';
import type { RunDocument } from '../../schemas/run';
import { keepHistory } from '../e2e/histories';
import { codeOf, DIGEST, failure, latch, scripted, type Script, type Scripted } from './scripted';

jest.setTimeout(60_000);

const ROWS = { read: 0, inserted: 1, updated: 0, deleted: 0, quarantined: 0 };
const TWO = [{ id: 'a' }, { id: 'b', needs: ['a'] }];
const GUARDED = { guarded: true };

let bed: Scripted;
afterEach(() => bed.close());

const steer = (handle: WorkflowHandle, action: string, ticket?: string): Promise<RunDocument> =>
  handle.executeUpdate('steer', { args: [{ action, by: 'ann', ...(ticket ? { ticket, via: 'cli' } : {}) }] });

/** A step that works until it is told to stop, as a long load would. */
function untilStopped(begun: () => void): Promise<never> {
  const activity = Context.current();
  const pulse = setInterval(() => activity.heartbeat(), 50);
  begun();
  return activity.cancelled.finally(() => clearInterval(pulse));
}

/** The inputs of an activity, as they came. */
function spy<Input, Output>(answer: (input: Input) => Promise<Output>) {
  const inputs: Input[] = [];
  return { inputs, run: (input: Input) => (inputs.push(input), answer(input)) };
}

describe('a run where only verified identities count', () => {
  /** Its first step has been committed; its second goes on until it is told to stop, the first time. */
  async function halfway(over: Script['activities'] = {}) {
    const entered = latch();
    let first = true;
    bed = await scripted({
      steps: TWO,
      admitted: GUARDED,
      gate: { approvers: 0 },
      activities: {
        apply: async ({ change }) => {
          if (change.step === 'b' && first) {
            first = false;
            return untilStopped(entered.open);
          }
          return { rows: ROWS, checks: [] };
        },
        ...over,
      },
    });
    const handle = await bed.start();
    await entered.opened;
    return handle;
  }

  it('is held when Temporal is told to cancel it: nothing committed is taken back until somebody who may says so', async () => {
    const undo = spy(() => Promise.resolve({ steps: [{ step: 'a', rows: ROWS }] }));
    const handle = await halfway({ undo: undo.run });
    await handle.cancel();
    const held = await bed.until(handle, 'held');
    expect(held).toMatchObject({
      steps: [{ status: 'applied' }, { status: 'failed' }],
      error: { code: 'cancelled', state: expect.stringContaining('stands (a)') },
    });
    await handle.signal('undo', { by: 'eve' });
    expect(await codeOf(steer(handle, 'undo'))).toBe('decision_unverified');
    expect(undo.inputs).toEqual([]);
    await steer(handle, 'undo', 'ticket of ann');
    await expect(handle.result()).rejects.toThrow();
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    expect(undo.inputs).toMatchObject([{ actor: { by: 'ann', verified: true }, because: 'cancelled' }]);
    expect(bed.calls.slice(-2)).toEqual(['undo:a+b', 'record:undone']);
    await keepHistory('held_back', handle);
  });

  it('that was held back goes on when somebody who may has it tried again', async () => {
    const handle = await halfway();
    await handle.cancel();
    await bed.until(handle, 'held');
    expect(await codeOf(steer(handle, 'retry'))).toBe('decision_unverified');
    await steer(handle, 'retry', 'ticket of ann');
    await expect(handle.result()).resolves.toMatchObject({ status: 'succeeded' });
    expect(bed.calls.filter((call) => call === 'apply:a')).toHaveLength(1);
  });

  it('ends when Temporal is told to cancel it at its gate: nothing was changed', async () => {
    bed = await scripted({ admitted: GUARDED });
    const handle = await bed.start();
    await bed.until(handle, 'waiting');
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect(bed.calls).toContain('record:undone');
    expect(bed.calls.join()).not.toContain('apply');
  });

  it.each(['pause', 'resume', 'retry', 'undo', 'cancel'])(
    'does not %s for anybody who is not verified; what was asked is on the record',
    async (action) => {
      bed = await scripted({
        admitted: { ...GUARDED, onFailure: 'hold' },
        gate: { approvers: 0 },
        activities: { apply: () => Promise.reject(failure('check_failed')) },
      });
      const handle = await bed.start();
      await bed.until(handle, 'held');
      await handle.signal(action, { by: 'eve' });
      expect(await codeOf(steer(handle, action))).toBe('decision_unverified');
      expect(bed.calls.filter((call) => call === `steer:${action}`)).toHaveLength(2);
      const { status, paused } = await handle.query<RunDocument>('status');
      expect({ status, paused }).toEqual({ status: 'held', paused: undefined });
      await handle.terminate();
    },
  );
});

describe('a run is stopped', () => {
  it('by whom its end names, and what it had applied is taken back in their name', async () => {
    const [undo, record] = [
      spy(() => Promise.resolve({ steps: [] })),
      spy(() => Promise.resolve({ followers: [] })),
    ];
    const entered = latch();
    bed = await scripted({
      gate: { approvers: 0 },
      activities: {
        undo: undo.run,
        record: record.run,
        apply: () => untilStopped(entered.open),
      },
    });
    const handle = await bed.start();
    await entered.opened;
    await handle.executeUpdate('steer', { args: [{ action: 'cancel', by: 'bob' }] });
    await expect(handle.result()).resolves.toMatchObject({
      status: 'undone',
      error: { code: 'cancelled', message: 'The run was cancelled by bob (unverified).' },
    });
    expect(undo.inputs).toMatchObject([{ actor: { by: 'bob', verified: false } }]);
    expect(record.inputs).toMatchObject([{ by: 'ann', actor: { by: 'bob' } }]);
  });

  it('by a step that failed: what is taken back is Sluice’s doing and not the starter’s', async () => {
    const undo = spy(() => Promise.resolve({ steps: [] }));
    bed = await scripted({
      gate: { approvers: 0 },
      activities: { undo: undo.run, apply: () => Promise.reject(failure('check_failed')) },
    });
    const handle = await bed.start();
    await expect(handle.result()).rejects.toThrow();
    expect(undo.inputs).toMatchObject([{ actor: { by: 'sluice' }, because: 'check_failed' }]);
  });

  it('not by what it does not know: an action of no kind, a retry of what is not held', async () => {
    bed = await scripted();
    const handle = await bed.start();
    await bed.until(handle, 'waiting');
    expect(await codeOf(steer(handle, 'explode'))).toBe('decision_refused');
    expect(await codeOf(steer(handle, 'retry'))).toBe('decision_refused');
    await expect(steer(handle, 'pause')).resolves.toMatchObject({ status: 'waiting', paused: true });
    await handle.terminate();
  });
});

describe('an undo', () => {
  const DOCUMENT: RunDocument = {
    ...{ goal: 'g', runId: 'r-1', workflowId: 'r-1', status: 'succeeded', digest: 'of r-1', checks: [] },
    steps: [{ id: 'a', kind: 'ingest', status: 'applied', rows: ROWS }],
  };
  const LOADED: LoadedUndo = {
    run: { runId: 'r-1', goal: 'g', bundle: 'b' },
    ...{ warehouse: 'local', owner: '', document: DOCUMENT, guarded: true },
    actor: { by: 'ann', verified: true },
    changes: [
      {
        ...{ ref: 'r', id: 'c-a', step: 'a', kind: 'ingest', title: 'load a', risk: 'additive' },
        ...{ noop: false, reads: [], writes: ['s.a'] },
      },
    ],
  };
  const GATE = { verified: true, localOverride: false };
  const begin = async (over: Partial<LoadedUndo> = {}, script: Script = {}): Promise<WorkflowHandle> => {
    bed = await scripted({
      gate: GATE,
      ...script,
      activities: { loadUndo: () => Promise.resolve({ ...LOADED, ...over }), ...script.activities },
    });
    return bed.start({}, 'undo');
  };
  const decide = (handle: WorkflowHandle, by: string, ticket?: string, verdict = 'approve') =>
    handle.executeUpdate('decide', { args: [{ verdict, digest: DIGEST, by, ticket }] });

  it('of what is protected waits, as a run of its own, until somebody who is verified approves it', async () => {
    const undo = spy(() => Promise.resolve({ steps: [{ step: 'a', rows: ROWS }] }));
    const handle = await begin({}, { activities: { undo: undo.run } });
    const waiting = await bed.until(handle, 'waiting');
    expect(waiting).toMatchObject({ runId: handle.workflowId, undoes: 'r-1', digest: DIGEST });
    expect(await codeOf(decide(handle, 'eve'))).toBe('decision_unverified');
    expect(undo.inputs).toEqual([]);
    await decide(handle, 'bob', 'ticket of bob');
    expect(await handle.result()).toMatchObject({
      ...{ runId: 'r-1', status: 'undone', steps: [{ status: 'undone' }] },
    });
    // Not what was approved but what is now is done only if it is the same: the activity looks again.
    expect(undo.inputs).toMatchObject([
      {
        actor: { by: 'ann', verified: true },
        agreed: { digest: DIGEST, undo: { runId: handle.workflowId } },
      },
    ]);
    expect(bed.calls.slice(-2)).toEqual(['record:undone', 'record:succeeded']);
    await keepHistory('undo_approved', handle);
  });

  it.each<[string, (handle: WorkflowHandle) => Promise<unknown>, string]>([
    ['rejected', (handle) => decide(handle, 'bob', 't', 'reject'), 'rejected'],
    ['cancelled', (handle) => steer(handle, 'cancel'), 'rolled_back'],
    ['not decided on in time', () => Promise.resolve(), 'expired'],
  ])('that is %s leaves the run as it was', async (what, end, status) => {
    const handle = await begin({}, what.startsWith('not') ? { gate: { ...GATE, deadlineMs: 300 } } : {});
    if (!what.startsWith('not')) await bed.until(handle, 'waiting');
    await end(handle);
    await handle.result().catch(() => undefined);
    expect(bed.calls.at(-1)).toBe(`record:${status}`);
    expect(bed.calls.join()).not.toMatch(/undo:|record:undone/);
    if (what === 'rejected') await keepHistory('undo_rejected', handle);
  });

  it('whose world has moved since it was approved does nothing and is stale', async () => {
    const handle = await begin({}, { activities: { undo: () => Promise.reject(failure('proposal_stale')) } });
    await bed.until(handle, 'waiting');
    await decide(handle, 'bob', 't');
    expect(await codeOf(handle.result())).toBe('proposal_stale');
    expect(bed.calls.at(-1)).toBe('record:stale');
  });

  it('that is certain to be refused is refused before anybody is asked', async () => {
    const handle = await begin(
      {},
      { activities: { proposeUndo: () => Promise.reject(failure('undo_refused')) } },
    );
    expect(await codeOf(handle.result())).toBe('undo_refused');
    expect(bed.calls).not.toContain('record:rolled_back');
  });

  it('elsewhere asks for nobody', async () => {
    const handle = await begin({ guarded: false });
    expect(await handle.result()).toMatchObject({ status: 'undone' });
    expect(bed.calls).toEqual(['loadUndo', 'undo:a', 'record:undone']);
  });

  it('of a run of which nothing stands does nothing, and does not say that it did', async () => {
    const before = { ...DOCUMENT, status: 'undone' as const };
    const handle = await begin({ changes: [], document: before });
    expect(await handle.result()).toEqual(before);
    expect(bed.calls).toEqual(['loadUndo']);
  });
});
