import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { defaultPayloadConverter } from '@temporalio/common';
import type { RunDocument } from '../../schemas/run';
import { keepHistory } from '../e2e/histories';
import { DIGEST, failure, latch, scripted, type Script, type Scripted } from './scripted';

jest.setTimeout(60_000);

const CHANGE = {
  ...{ ref: 'r', id: 'c-a', step: 'a', kind: 'ingest', title: 'load a', risk: 'additive' as const },
  ...{ noop: false, reads: [], writes: ['s.a'] },
};
const NO_ROWS = { read: 0, inserted: 0, updated: 0, deleted: 0, quarantined: 0 };
let bed: Scripted;
const open = async (script: Script = {}): Promise<WorkflowHandle> => {
  bed = await scripted(script);
  return bed.start();
};
afterEach(() => bed.close());

/** What `temporal workflow metadata` and the UI show. */
async function details(handle: WorkflowHandle): Promise<string> {
  const metadata = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails;
}

/** What lists filter by, as the server has it; visibility is brought up to date a moment later. */
async function attributes(
  handle: WorkflowHandle,
  until: (found: Record<string, unknown>) => boolean = () => true,
): Promise<Record<string, unknown>> {
  for (const end = Date.now() + 10_000; ;) {
    const { typedSearchAttributes } = await handle.describe();
    const found = Object.fromEntries(
      typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]),
    );
    if (until(found)) return found;
    if (Date.now() > end) throw new Error(`the attributes are ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function summaries(handle: WorkflowHandle): Promise<Record<string, string>> {
  const { events = [] } = await handle.fetchHistory();
  const scheduledType = temporal.api.enums.v1.EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED;
  const scheduled = (events ?? []).filter((event) => event.eventType === scheduledType);
  return Object.fromEntries(
    scheduled.map((event) => [
      event.activityTaskScheduledEventAttributes!.activityType!.name!,
      event.userMetadata?.summary
        ? String(defaultPayloadConverter.fromPayload(event.userMetadata.summary))
        : '',
    ]),
  );
}

const decide = (handle: WorkflowHandle, verdict = 'approve', by = 'ann') =>
  handle.executeUpdate('decide', { args: [{ verdict, digest: DIGEST, by }] });

describe('what Temporal shows of a run', () => {
  it('at its gate: why, until when, which digest, and the exact commands that decide', async () => {
    const handle = await open({ gate: { reason: 'adds data', approvers: 2 } });
    const { expiresAt } = await bed.until(handle, 'waiting');
    const text = await details(handle);
    expect(text).toContain('**g** waits for a decision; nothing has been changed.');
    expect(text).toContain('adds data. It needs 2 approvers; nobody has approved yet');
    expect(text).toContain(`Open until ${expiresAt}`);
    expect(text).toContain(`sluice approve ${handle.workflowId} --digest ${DIGEST.slice(0, 12)}`);
    const command = text
      .split('\n')
      .find((line) => line.includes('--name decide') && line.includes('approve'))!;
    expect(command).toMatch(
      new RegExp(
        `^temporal workflow update execute --workflow-id ${handle.workflowId} --name decide --input '`,
      ),
    );
    // The command's input is what the workflow takes.
    const input = JSON.parse(/--input '(.*)'$/.exec(command)![1]!);
    await handle.executeUpdate('decide', { args: [{ ...input, by: 'ann' }] });
    expect(await details(handle)).toContain('approved by ann');
    expect(await attributes(handle, (found) => found.SluiceStatus === 'waiting')).toMatchObject({
      SluiceGoal: 'g',
      SluiceWarehouse: 'local',
      SluiceWaitingFor: 'approval',
      SluiceExpiresAt: new Date(expiresAt!),
    });
  });

  it('when it has succeeded: each step with its rows, and how to take it back; nothing is waited for', async () => {
    const rows = { read: 3, inserted: 2, updated: 1, deleted: 0, quarantined: 4 };
    const handle = await open({
      admitted: { owner: 'data@example.com' },
      activities: { apply: () => Promise.resolve({ rows, checks: [] }) },
    });
    await bed.until(handle, 'waiting');
    await decide(handle);
    await handle.result();
    const text = await details(handle);
    expect(text).toContain('1 of 1 step done');
    expect(text).toContain('| `a` | ingest | applied | load a | 2 inserted, 1 updated, 4 quarantined |');
    expect(text).toContain(`sluice undo ${handle.workflowId}`);
    expect(text).toContain(`temporal workflow start --type undo --task-queue`);
    const found = await attributes(handle, ({ SluiceRows }) => SluiceRows !== undefined);
    expect(found).toMatchObject({
      SluiceStatus: 'succeeded',
      SluiceOwner: 'data@example.com',
      SluiceRows: 3,
    });
    expect(found).not.toHaveProperty('SluiceWaitingFor');
    expect(found).not.toHaveProperty('SluiceExpiresAt');
  });

  it('when it has failed: the code, the step, what is true now, and what to do next', async () => {
    const handle = await open({
      activities: { apply: () => Promise.reject(failure('check_failed', 'two | rows *fail*')) },
    });
    await bed.until(handle, 'waiting');
    await decide(handle);
    await expect(handle.result()).rejects.toThrow();
    const text = await details(handle);
    expect(text).toContain('`check_failed` in step `a`: two \\| rows \\*fail\\*');
    expect(text).toContain('**Now:** as it was');
    expect(text).toContain('**Next:** do this');
    await attributes(handle, ({ SluiceStatus }) => SluiceStatus === 'rolled_back');
  });

  it('when it needs an operator: the statements that are left to run', async () => {
    const handle = await open({
      activities: {
        apply: () => Promise.reject(failure('check_failed')),
        undo: () => Promise.reject(failure('undo_refused', 'a later run stands on it')),
      },
    });
    await bed.until(handle, 'waiting');
    await decide(handle);
    await expect(handle.result()).rejects.toThrow();
    const text = await details(handle);
    expect(text).toContain('`needs_operator`');
    expect(text).toMatch(/```\n.*sluice undo[^]*-- step a \(change c-a\)[^]*```/);
  });

  it('while it is held: how to try again and how to take it back', async () => {
    const handle = await open({
      admitted: { onFailure: 'hold' },
      activities: { apply: () => Promise.reject(failure('check_failed')) },
    });
    await bed.until(handle, 'waiting');
    await decide(handle);
    await bed.until(handle, 'held');
    const text = await details(handle);
    expect(text).toContain(`sluice retry ${handle.workflowId}`);
    expect(text).toContain(`temporal workflow signal --workflow-id ${handle.workflowId} --name undo`);
    await attributes(handle, ({ SluiceWaitingFor }) => SluiceWaitingFor === 'operator');
    await handle.signal('undo');
    await expect(handle.result()).rejects.toThrow();
    expect(await attributes(handle, ({ SluiceStatus }) => SluiceStatus === 'rolled_back')).not.toHaveProperty(
      'SluiceWaitingFor',
    );
  });

  it('of every activity: in words, what it is for', async () => {
    const handle = await open();
    await bed.until(handle, 'waiting');
    await decide(handle);
    await handle.result();
    const words = await summaries(handle);
    expect(Object.keys(words)).toEqual(
      expect.arrayContaining([
        'admit',
        'propose',
        'openShadow',
        'rehearse',
        'closeShadow',
        'seal',
        'decide',
        'apply',
        'record',
      ]),
    );
    expect(Object.entries(words).filter(([, summary]) => summary === '')).toEqual([]);
    expect(words.apply).toBe('a: load a');
  });

  it('of an undo: which run, of which goal, and why it was refused', async () => {
    bed = await scripted({
      activities: {
        loadUndo: () =>
          Promise.resolve({
            run: { runId: 'r-1', goal: 'g', bundle: 'b' },
            warehouse: 'local',
            owner: 'ann',
            actor: { by: 'ann', verified: false },
            guarded: false,
            changes: [CHANGE],
            document: {
              goal: 'g',
              runId: 'r-1',
              workflowId: 'r-1',
              status: 'succeeded',
              digest: '',
              steps: [],
              checks: [],
            },
          }),
        undo: () => Promise.reject(failure('undo_refused', 'a later run stands on it')),
      },
    });
    const handle = await bed.start({}, 'undo');
    await expect(handle.result()).rejects.toThrow();
    const text = await details(handle);
    expect(text).toContain(
      `Did not take back run \`${handle.workflowId}\` of **g**: it stands as it was. Asked by ann.`,
    );
    expect(text).toContain('`undo_refused`');
    await attributes(handle, (found) => found.SluiceGoal === 'g' && found.SluiceStatus === 'rolled_back');
    await keepHistory('undo_refused', handle);
  });
});

describe('pause and resume', () => {
  const TWO = [{ id: 'a' }, { id: 'b', needs: ['a'] }];

  it('while applying: what runs finishes, nothing further starts until it is resumed', async () => {
    const [entered, release] = [latch(), latch()];
    const handle = await open({
      steps: TWO,
      activities: {
        apply: async ({ change }) => {
          if (change.step === 'a') entered.open();
          if (change.step === 'a') await release.opened;
          return { rows: { ...NO_ROWS, inserted: 1 }, checks: [] };
        },
      },
    });
    await bed.until(handle, 'waiting');
    await decide(handle);
    await entered.opened;
    await handle.signal('pause');
    await until(handle, ({ paused }) => paused === true);
    release.open();
    const paused = await until(handle, (document) => document.steps[0]!.status === 'applied');
    expect(paused).toMatchObject({ status: 'applying', paused: true, steps: [{}, { status: 'proposed' }] });
    expect(bed.calls).not.toContain('apply:b');
    expect(await details(handle)).toContain(`sluice resume ${handle.workflowId}`);
    await attributes(handle, ({ SluiceWaitingFor }) => SluiceWaitingFor === 'resume');
    await handle.signal('resume');
    expect(await handle.result()).toMatchObject({ status: 'succeeded' });
    expect(await handle.result()).not.toHaveProperty('paused');
    await keepHistory('paused', handle);
  });

  it('while waiting: it can be decided on, and applies when it is resumed', async () => {
    const handle = await open();
    await bed.until(handle, 'waiting');
    await handle.signal('pause');
    await handle.signal('pause');
    await until(handle, ({ paused }) => paused === true);
    await decide(handle);
    const paused = await bed.until(handle, 'applying');
    expect(paused.paused).toBe(true);
    await attributes(handle, (found) => found.SluiceWaitingFor === 'resume');
    expect(bed.calls).not.toContain('apply:a');
    await handle.signal('resume');
    expect(await handle.result()).toMatchObject({ status: 'succeeded' });
  });

  it('before anything is proposed: no step is looked at', async () => {
    const [entered, release] = [latch(), latch()];
    const handle = await open({
      steps: TWO,
      activities: {
        openShadow: async () => {
          entered.open();
          await release.opened;
          return { gaps: [] };
        },
      },
    });
    await entered.opened;
    await handle.signal('pause');
    await until(handle, ({ paused }) => paused === true);
    release.open();
    await until(handle, () => bed.calls.includes('rehearse:a'));
    expect(bed.calls).not.toContain('propose:b');
    await handle.signal('resume');
    await bed.until(handle, 'waiting');
    expect(bed.calls).toContain('propose:b');
  });

  it('a step that fails while paused ends the run; what was applied is taken back', async () => {
    const [entered, release] = [latch(), latch()];
    const handle = await open({
      steps: TWO,
      activities: {
        apply: async () => {
          entered.open();
          await release.opened;
          throw failure('check_failed');
        },
      },
    });
    await bed.until(handle, 'waiting');
    await decide(handle);
    await entered.opened;
    await handle.signal('pause');
    await until(handle, ({ paused }) => paused === true);
    release.open();
    await expect(handle.result()).rejects.toThrow();
    expect(bed.calls.slice(-2)).toEqual(['undo:a', 'record:rolled_back']);
  });

  it('a paused run can be cancelled: what it applied is taken back', async () => {
    const handle = await open({ steps: TWO, activities: { apply: pauseAfterA() } });
    await bed.until(handle, 'waiting');
    await decide(handle);
    await until(handle, ({ paused, steps }) => paused === true && steps[0]!.status === 'applied');
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect(bed.calls.slice(-2)).toEqual(['undo:a', 'record:undone']);
    function pauseAfterA() {
      return async () => {
        await handle.signal('pause');
        await until(handle, ({ paused }) => paused === true);
        return { rows: { ...NO_ROWS }, checks: [] };
      };
    }
  });
});

async function until(handle: WorkflowHandle, seen: (document: RunDocument) => boolean): Promise<RunDocument> {
  for (const end = Date.now() + 15_000; ;) {
    const document = await handle.query<RunDocument>('status');
    if (seen(document)) return document;
    if (Date.now() > end) throw new Error(`not seen: ${JSON.stringify(document)}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
