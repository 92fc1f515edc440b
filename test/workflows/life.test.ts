import { CancelledFailure, Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { RunDocument } from '../../schemas/run';
import { codeOf, DIGEST, failure, scripted, type Script, type Scripted } from './scripted';

jest.setTimeout(60_000);

const THREE = [
  { id: 'a', writes: ['s.a'] },
  { id: 'b', needs: ['a'], writes: ['s.b'] },
  { id: 'c', needs: ['b'], writes: ['s.c'] },
];
const AUTO = { approvers: 0 };

/** The run's document as the failure of its workflow carries it. */
async function documentOf(promise: Promise<unknown>): Promise<RunDocument> {
  try {
    return (await promise) as RunDocument;
  } catch (cause) {
    for (let inner: unknown = cause; inner instanceof Error; inner = inner.cause) {
      if (inner instanceof ApplicationFailure) return inner.details![1] as RunDocument;
    }
    throw cause;
  }
}

describe('the life of a run', () => {
  let open: Scripted | undefined;
  const script = async (what: Script): Promise<Scripted> => (open = await scripted(what));
  afterEach(async () => {
    await open?.close();
    open = undefined;
  });

  it('of a plan ends with the proposal and leaves nothing waiting', async () => {
    const run = await script({ admitted: { mode: 'plan' } });
    await expect((await run.start()).result()).resolves.toMatchObject({ status: 'planned', digest: DIGEST });
    expect(run.calls).not.toContain('apply:a');
  });

  it('with nothing new makes no shadow, asks nobody and succeeds', async () => {
    const run = await script({ steps: [{ id: 'a', noop: true }], gate: AUTO });
    const document = (await (await run.start()).result()) as RunDocument;
    expect(document).toMatchObject({ status: 'succeeded', steps: [{ status: 'skipped' }] });
    expect(run.calls).toEqual(['admit', 'propose:a', 'seal', 'record:succeeded']);
  });

  it('of one table takes at most 14 activities', async () => {
    const run = await script({});
    const handle = await run.start();
    await run.until(handle, 'waiting');
    await handle.executeUpdate('decide', {
      args: [{ verdict: 'approve', digest: DIGEST, by: 'ann', via: 'cli' }],
    });
    await handle.result();
    expect(run.calls.length).toBeLessThanOrEqual(14);
  });

  it('applies in the order of needs, and of what reads what', async () => {
    const run = await script({
      gate: AUTO,
      steps: [
        { id: 'x', writes: ['raw.x', 'raw.*'] },
        { id: 'y', writes: ['raw.y'] },
        { id: 'm', reads: ['raw.x', 'raw.y'], writes: ['marts.m'] },
      ],
    });
    await (await run.start()).result();
    const order = run.calls.filter((call) => call.startsWith('apply:'));
    expect(order).toEqual(['apply:x', 'apply:y', 'apply:m']);
  });

  it('undoes everything in reverse when a step fails', async () => {
    const run = await script({
      steps: THREE,
      gate: AUTO,
      activities: {
        apply: ({ change }) =>
          change.step === 'c'
            ? Promise.reject(failure('check_failed'))
            : Promise.resolve({
                rows: { read: 1, inserted: 1, updated: 0, deleted: 0, quarantined: 0 },
                checks: [],
              }),
      },
    });
    const document = await documentOf((await run.start()).result());
    expect(document).toMatchObject({
      status: 'rolled_back',
      error: { code: 'check_failed', step: 'c' },
      steps: [{ status: 'undone' }, { status: 'undone' }, { status: 'undone' }],
    });
    // Also the step that failed: its undo was registered before it was attempted.
    expect(run.calls).toContain('undo:a+b+c');
    expect(run.calls.at(-1)).toBe('record:rolled_back');
  });

  it('keeps what was published when the goal says so', async () => {
    const run = await script({
      steps: THREE,
      gate: AUTO,
      admitted: { onFailure: 'keep' },
      activities: {
        apply: ({ change }) =>
          change.step === 'b'
            ? Promise.reject(failure('check_failed'))
            : Promise.resolve({
                rows: { read: 1, inserted: 1, updated: 0, deleted: 0, quarantined: 0 },
                checks: [],
              }),
      },
    });
    const document = await documentOf((await run.start()).result());
    expect(document).toMatchObject({
      status: 'rolled_back',
      error: { state: expect.stringContaining('stays: a') },
      steps: [{ status: 'applied' }, {}, { status: 'proposed' }],
    });
    expect(run.calls).toContain('undo:b');
  });

  it('holds for a person when the goal says so, and goes on when told to', async () => {
    let broken = true;
    const run = await script({
      steps: THREE,
      gate: AUTO,
      admitted: { onFailure: 'hold' },
      activities: {
        apply: ({ change }) =>
          change.step === 'b' && broken
            ? Promise.reject(failure('check_failed'))
            : Promise.resolve({
                rows: { read: 1, inserted: 1, updated: 0, deleted: 0, quarantined: 0 },
                checks: [],
              }),
      },
    });
    const handle = await run.start();
    await run.until(handle, 'held');
    broken = false;
    await handle.signal('retry');
    await expect(handle.result()).resolves.toMatchObject({ status: 'succeeded' });
    expect(run.calls.filter((call) => call === 'apply:a')).toHaveLength(1);
  });

  it('is stale when the world moved', async () => {
    const run = await script({
      gate: AUTO,
      activities: { apply: () => Promise.reject(failure('proposal_stale')) },
    });
    const handle = await run.start();
    expect(await documentOf(handle.result())).toMatchObject({
      status: 'stale',
      error: { code: 'proposal_stale' },
    });
  });

  it('needs an operator, with the statements that are left, when taking back fails', async () => {
    const run = await script({
      gate: AUTO,
      activities: {
        apply: () => Promise.reject(failure('check_failed')),
        undo: () => Promise.reject(failure('undo_refused', 'somebody wrote to it')),
      },
    });
    const document = await documentOf((await run.start()).result());
    expect(document).toMatchObject({
      status: 'needs_operator',
      error: { code: 'needs_operator', next: expect.stringContaining('step a') },
    });
  });

  it('fails at once, with the faults, when the document is bad', async () => {
    const run = await script({ activities: { admit: () => Promise.reject(failure('invalid_goal')) } });
    expect(await codeOf((await run.start()).result())).toBe('invalid_goal');
  });

  it('drops the shadow when the rehearsal fails', async () => {
    const run = await script({ activities: { rehearse: () => Promise.reject(failure('rehearsal_failed')) } });
    expect(await documentOf((await run.start()).result())).toMatchObject({
      status: 'rolled_back',
      error: { code: 'rehearsal_failed' },
    });
    expect(run.calls).toContain('dropShadow');
  });

  it.each([
    'admit',
    'propose:b',
    'openShadow',
    'rehearse:b',
    'closeShadow',
    'seal',
    'apply:a',
    'apply:b',
    'apply:c',
    'record:succeeded',
  ])('cancelled during %s is taken back, whatever it had done', async (instant) => {
    let arrive = (): void => undefined;
    const reached = new Promise<void>((resolve) => (arrive = resolve));
    const blocked =
      <T>(name: string, value: T) =>
      async (): Promise<T> => {
        if (name !== instant) return value;
        arrive();
        const context = Context.current();
        for (;;) {
          context.heartbeat();
          await Promise.race([context.cancelled, new Promise((resolve) => setTimeout(resolve, 50))]).catch(
            (cause: unknown) => {
              throw cause instanceof CancelledFailure ? cause : new CancelledFailure('cancelled');
            },
          );
        }
      };
    const rows = { read: 1, inserted: 1, updated: 0, deleted: 0, quarantined: 0 };
    const run = await script({
      steps: THREE,
      gate: AUTO,
      activities: {
        ...(instant === 'admit' ? { admit: blocked('admit', {} as never) } : {}),
        ...(instant === 'seal' ? { seal: blocked('seal', {} as never) } : {}),
        ...(instant.startsWith('propose')
          ? {
              propose: ({ step }) =>
                blocked(`propose:${step}`, {
                  ref: 'r',
                  id: step,
                  step,
                  kind: 'ingest',
                  title: '',
                  risk: 'additive' as const,
                  noop: false,
                  reads: [],
                  writes: [`s.${step}`],
                })(),
            }
          : {}),
        openShadow: blocked('openShadow', { gaps: [] }),
        rehearse: ({ change }) =>
          blocked(`rehearse:${change.step}`, { whole: true, checks: [], sampled: [], gaps: [] })(),
        closeShadow: blocked('closeShadow', {
          status: 'proven' as const,
          undoProven: true,
          checks: [],
          covers: [],
          gaps: [],
        }),
        apply: ({ change }) => blocked(`apply:${change.step}`, { rows, checks: [] })(),
        record: ({ document }) => blocked(`record:${document.status}`, { followers: [] })(),
      },
    });
    const handle = await run.start();
    await reached;
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    if (instant === 'admit') return;
    expect(run.calls.at(-1)).toBe('record:undone');
    const attempted = run.calls.filter((call) => call.startsWith('apply:')).map((call) => call.slice(6));
    if (attempted.length > 0) expect(run.calls).toContain(`undo:${attempted.join('+')}`);
  });
});
