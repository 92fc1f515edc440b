import { authenticateToken } from '../../governance/identity/local';
import { Management } from '../../governance/identity/manage';
import { SCOPES } from '../../governance/identity/names';
import type { Decision } from '../../schemas/run';
import { keepHistory } from './histories';
import { realEngine, type RealEngine } from './in-process';

jest.setTimeout(120_000);

describe('a policy beside the worker', () => {
  let engine: RealEngine;
  beforeAll(async () => {
    engine = await realEngine('policy');
    engine.write('people.csv', 'id,name\n1,ann\n2,bob\n');
  });
  afterAll(() => engine?.close());

  const policy = (rules: string): void =>
    engine.write('sluice.policy.yaml', `floor: auto\nrules:\n${rules}\n`);
  let goal: { goal: string; steps: object[] };
  let table: string;
  let made = 0;
  beforeEach(() => {
    table = `raw.people_${++made}`;
    goal = {
      goal: 'people',
      steps: [{ id: 'load', ingest: { from: { files: 'people.csv' }, into: table } }],
    };
  });
  const exists = async (): Promise<boolean> =>
    (await engine.admin.query<{ there: boolean }>(`select to_regclass('${table}') is not null as there`))
      .rows[0]!.there;
  const proposalOf = async (runId: string): Promise<{ gates: object[]; policy: object; digest: string }> => {
    const [row] = await engine.services.store.runs.find(runId);
    return engine.services.store.artifacts.getJson(row!.proposal!);
  };

  it('lets a run go that it asks nobody for, and is named in its proposal', async () => {
    policy('  - { name: small, when: { rows: { upTo: 100 } }, decide: auto }');
    const handle = await engine.start(goal);
    expect(await engine.outcome(handle)).toMatchObject({ status: 'succeeded' });
    expect(await proposalOf(handle.workflowId)).toMatchObject({
      gates: [{ approvers: 0, rules: ['small'] }],
      policy: { author: 'ann', sources: [{ name: 'policy', from: 'worker', hash: expect.any(String) }] },
    });
  });

  it('is part of the digest', async () => {
    const digests: string[] = [];
    for (const count of [1, 1, 2]) {
      policy(`  - { name: r, decide: ${count} }`);
      digests.push((await engine.outcome(await engine.start(goal, { mode: 'plan' }))).digest);
    }
    expect(digests[1]).toBe(digests[0]);
    expect(digests[2]).not.toBe(digests[0]);
  });

  it('that denies ends the run as rejected before anything happens; a plan shows why', async () => {
    policy('  - { name: frozen, description: until January, decide: deny }');
    const handle = await engine.start(goal);
    expect(await engine.outcome(handle)).toMatchObject({
      status: 'rejected',
      error: { code: 'policy_denied', message: expect.stringContaining('frozen: until January') },
    });
    expect(await exists()).toBe(false);
    await keepHistory('denied', handle);
    const plan = await engine.start(goal, { mode: 'plan' });
    expect(await engine.outcome(plan)).toMatchObject({ status: 'planned' });
    expect(await proposalOf(plan.workflowId)).toMatchObject({
      gates: [{ denied: ['frozen: until January'] }],
    });
  });

  it('that has a fault is said at once, and nothing happens', async () => {
    policy('  - { name: r, when: { rsk: read }, decide: 1 }');
    const handle = await engine.start(goal);
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'policy_invalid' } });
    expect(await exists()).toBe(false);
  });

  it('that asks for more when the run applies than when it was approved makes it stale', async () => {
    policy('  - { name: one, decide: 1 }');
    const handle = await engine.start(goal);
    await engine.status(handle, ['waiting']);
    policy('  - { name: one, decide: 1 }\n  - { name: two, when: { kind: ingest }, decide: 2 }');
    await engine.approve(handle);
    expect(await engine.outcome(handle)).toMatchObject({
      status: 'stale',
      error: { code: 'proposal_stale', message: expect.stringContaining('2 approvers instead of 1') },
    });
    expect(await exists()).toBe(false);
  });

  it('is not met any more by an approver whose token was revoked before it was applied', async () => {
    policy('  - { name: two, decide: { approvers: 2 } }');
    const { store } = engine.services;
    const root = { by: 'root', verified: false, roles: [], method: 'os' as const, scopes: SCOPES };
    const management = await Management.as(store, root);
    await management.addUser('dan', [], []);
    const { id, token } = await management.createToken('dan', { scopes: ['decide'], expiresMs: 60_000 });
    const handle = await engine.start(goal);
    const { digest } = await engine.status(handle, ['waiting']);
    const says: Decision = { id: 'dan-1', verdict: 'approve', digest, by: 'dan', via: 'cli' };
    const ticket = await store.identity.tickets.write(
      handle.workflowId,
      says,
      await authenticateToken(store, token),
    );
    await handle.executeUpdate('decide', { args: [{ ...says, ticket }] });
    await management.revokeToken(id);
    await engine.approve(handle, 'bob');
    expect(await engine.outcome(handle)).toMatchObject({
      status: 'stale',
      error: {
        code: 'proposal_stale',
        message: expect.stringContaining(`the token ${id} of dan was revoked`),
      },
    });
    expect(await exists()).toBe(false);
  });

  it('that breaks while a run waits keeps it from being applied', async () => {
    policy('  - { name: one, decide: 1 }');
    const handle = await engine.start(goal);
    await engine.status(handle, ['waiting']);
    engine.write('sluice.policy.yaml', 'rules: [');
    await engine.approve(handle);
    expect(await engine.outcome(handle)).toMatchObject({ error: { code: 'policy_invalid' } });
    expect(await exists()).toBe(false);
  });

  it('reminds before the deadline, and has an approved run wait for its window', async () => {
    const today = new Date(Date.now() - 86_400_000)
      .toLocaleDateString('en-US', { weekday: 'short', timeZone: 'UTC' })
      .toLowerCase();
    policy(
      `  - { name: r, decide: { approvers: 1, deadline: 60s, remind: 59s, window: { days: ${today}, from: "10:00", to: "11:00" } } }`,
    );
    const handle = await engine.start(goal);
    await engine.status(handle, ['waiting']);
    await reminded(handle.workflowId);
    await engine.approve(handle);
    const { opensAt } = await engine.status(handle, ['waiting']);
    // Yesterday's weekday comes again in six days at the earliest.
    expect(Date.parse(opensAt!)).toBeGreaterThan(Date.now() + 5 * 86_400_000);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect(await exists()).toBe(false);
    await keepHistory('window', handle);
  });

  async function reminded(runId: string): Promise<void> {
    for (const end = Date.now() + 20_000; ;) {
      const events = await engine.services.store.db
        .selectFrom('event')
        .select('data')
        .where('run_id', '=', runId)
        .where('event', '=', 'reminded')
        .execute();
      if (events.length > 0) return expect(events[0]!.data).toMatchObject({ needs: ['1 approver'] });
      if (Date.now() > end) throw new Error('nobody was reminded');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
});
