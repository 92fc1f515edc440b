import type { Decision } from '../../schemas/run';
import { codeOf, DIGEST, scripted, type Scripted } from './scripted';

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
    await decide(handle, approve('ann', { confirm: ['s.a'] }));
    await expect(handle.result()).resolves.toMatchObject({ status: 'succeeded' });
  });

  it('is not enough when another relation is named', async () => {
    const handle = await waiting(strict);
    await expect(decide(handle, approve('ann', { confirm: ['s.b'] }))).resolves.toMatchObject({
      status: 'waiting',
    });
    await handle.terminate();
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
