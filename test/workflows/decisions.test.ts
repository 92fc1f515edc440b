import type { WorkflowHandle } from '@temporalio/client';
import type { Decision } from '../../schemas/run';
import { codeOf, DIGEST, latch, scripted, type Scripted } from './scripted';

jest.setTimeout(60_000);

const approve = (by: string, over: Partial<Decision> = {}) => ({
  verdict: 'approve' as const,
  digest: DIGEST,
  by,
  via: 'cli' as const,
  ...over,
});

describe('a decision', () => {
  let run: Scripted;
  let strict: Scripted;
  beforeAll(async () => {
    run = await scripted();
    strict = await scripted({ gate: { approvers: 2, confirm: ['s.a'], deadlineMs: 60_000 } });
  });
  afterAll(async () => {
    await run.close();
    await strict.close();
  });

  const waiting = async (on = run) => {
    const handle = await on.start();
    await on.until(handle, 'waiting');
    return handle;
  };
  const decide = (
    handle: { executeUpdate: (name: string, options: { args: [unknown] }) => Promise<unknown> },
    decision: unknown,
  ) => handle.executeUpdate('decide', { args: [decision] });

  it('opens the gate when it approves the digest that waits', async () => {
    const handle = await waiting();
    await decide(handle, approve('ann'));
    await expect(handle.result()).resolves.toMatchObject({ status: 'succeeded', digest: DIGEST });
  });

  it('ends the run, with the comment, when it rejects', async () => {
    const handle = await waiting();
    await decide(handle, approve('ann', { verdict: 'reject', comment: 'wrong table' }));
    await expect(handle.result()).resolves.toMatchObject({
      status: 'rejected',
      error: { code: 'rejected', message: expect.stringContaining('wrong table') },
    });
  });

  it.each<[string, unknown, string]>([
    ['for another digest', approve('ann', { digest: 'e'.repeat(64) }), 'decision_stale'],
    ['by nobody', approve(' '), 'decision_unidentified'],
    ['without an identity at all', { verdict: 'approve', digest: DIGEST }, 'decision_unidentified'],
    ['that is neither yes nor no', { ...approve('ann'), verdict: 'maybe' }, 'decision_refused'],
  ])('%s is refused and changes nothing', async (_name, decision, code) => {
    const handle = await waiting();
    expect(await codeOf(decide(handle, decision))).toBe(code);
    expect((await run.until(handle, 'waiting')).status).toBe('waiting');
    await handle.terminate();
  });

  it('before there is a proposal is refused', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = await scripted({ activities: { openShadow: () => held.then(() => ({ gaps: [] })) } });
    const handle = await slow.start();
    await slow.until(handle, 'rehearsing');
    expect(await codeOf(decide(handle, approve('ann')))).toBe('decision_refused');
    release();
    await handle.terminate();
    await slow.close();
  });

  it('of one person counts once, two different people open a gate for two', async () => {
    const handle = await waiting(strict);
    await expect(decide(handle, approve('ann'))).resolves.toMatchObject({ status: 'waiting' });
    expect(await codeOf(decide(handle, approve('ann')))).toBe('decision_duplicate');
    await decide(handle, approve('bob'));
    await expect(handle.result()).resolves.toMatchObject({ status: 'succeeded' });
  });

  it('sent twice at the same instant by one person counts once', async () => {
    const handle = await waiting(strict);
    const codes = await Promise.all([
      codeOf(decide(handle, approve('ann'))),
      codeOf(decide(handle, approve('ann'))),
    ]);
    expect(codes.sort()).toEqual(['decision_duplicate', 'none']);
    expect((await strict.until(handle, 'waiting')).status).toBe('waiting');
    await handle.terminate();
  });

  it('of the person at the machine is enough when the relation is named', async () => {
    const handle = await waiting(strict);
    await decide(handle, approve('ann', { confirm: ['s.a'], ticket: 't' }));
    await expect(handle.result()).resolves.toMatchObject({ status: 'succeeded' });
  });

  it('is not enough when another relation is named', async () => {
    const handle = await waiting(strict);
    await expect(decide(handle, approve('ann', { confirm: ['s.b'], ticket: 't' }))).resolves.toMatchObject({
      status: 'waiting',
    });
    await handle.terminate();
  });

  it.each<[string, Partial<Decision>]>([
    ['the names', { confirm: ['s.a'] }],
    ['the flag', { allowDestructive: true }],
  ])(
    'of one person who sends %s with Temporal’s own tools counts for one, whatever it says of how it came',
    async (_what, says) => {
      const handle = await waiting(strict);
      await expect(decide(handle, approve('ann', says))).resolves.toMatchObject({ status: 'waiting' });
      await handle.terminate();
    },
  );

  it('of the person at the machine stands for two by the flag, and not where no name was to be repeated', async () => {
    const unnamed = await scripted({ gate: { approvers: 2, confirm: [] } });
    const handle = await waiting(unnamed);
    await expect(decide(handle, approve('ann', { confirm: [], ticket: 't' }))).resolves.toMatchObject({
      status: 'waiting',
    });
    await decide(handle, approve('bob', { allowDestructive: true, ticket: 't' }));
    await expect(handle.result()).resolves.toMatchObject({ status: 'succeeded' });
    const other = await waiting(unnamed);
    await decide(other, approve('ann', { allowDestructive: true, ticket: 't' }));
    await expect(other.result()).resolves.toMatchObject({ status: 'succeeded' });
    await unnamed.close();
  });

  it('that is on its way to the record at the deadline is counted, and none that comes after it', async () => {
    const [entered, release] = [latch(), latch()];
    const slow = await scripted({
      gate: { deadlineMs: 1_000 },
      activities: {
        decide: async ({ decision, refused }) => {
          const voter = { by: decision.by, verified: false, roles: [] };
          if (refused) return { counted: false, voter };
          entered.open();
          await release.opened;
          return { counted: true, voter };
        },
      },
    });
    const handle = await slow.start();
    await slow.until(handle, 'waiting');
    const counted = decide(handle, approve('ann'));
    await entered.opened;
    // The deadline passes while the decision is being put on the record.
    await timerFired(handle);
    expect(await codeOf(decide(handle, approve('bob')))).toBe('decision_late');
    release.open();
    await expect(counted).resolves.toBeDefined();
    await expect(handle.result()).resolves.toMatchObject({ status: 'succeeded' });
    await slow.close();
  });

  it('after the deadline finds the run expired', async () => {
    const brief = await scripted({ gate: { deadlineMs: 300 } });
    const handle = await brief.start();
    await expect(handle.result()).resolves.toMatchObject({ status: 'expired', error: { code: 'expired' } });
    await brief.close();
  });

  it('arrives by plain Temporal signals too, and what is refused goes on the record', async () => {
    const handle = await waiting(strict);
    await handle.signal('approve', { digest: 'wrong', by: 'eve' });
    await handle.signal('approve', { digest: DIGEST });
    await handle.signal('approve', undefined);
    await handle.signal('approve', { digest: DIGEST, by: 'ann', confirm: ['s.a'], allowDestructive: true });
    await strict.until(handle, 'waiting');
    await handle.signal('approve', { digest: DIGEST, by: 'bob', comment: 'fine' });
    await expect(handle.result()).resolves.toMatchObject({ status: 'succeeded' });
    expect(strict.calls).toEqual(
      expect.arrayContaining(['decide:decision_stale', 'decide:decision_unidentified']),
    );
  });
});

/** Once the gate's deadline is over, as the history has it. */
async function timerFired(handle: WorkflowHandle): Promise<void> {
  for (const end = Date.now() + 15_000; ;) {
    const { events } = await handle.fetchHistory();
    if (events?.some((event) => event.timerFiredEventAttributes)) return;
    if (Date.now() > end) throw new Error('the deadline does not pass');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
