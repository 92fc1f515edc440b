import { temporal } from '@temporalio/proto';
import { authenticateToken } from '../../governance/identity/local';
import { Management } from '../../governance/identity/manage';
import { SCOPES } from '../../governance/identity/names';
import { problemOf } from '../client/support/problem';
import { codeOf, DIGEST } from '../workflows/scripted';
import { deciding, type Deciding } from './deciding';

jest.setTimeout(60_000);

/** Invariant 7: a decision carries a verified identity, and what somebody says of themselves is recorded as said. */
describe('a gate in a protected environment', () => {
  let at: Deciding;
  beforeAll(async () => {
    at = await deciding({ approvers: 1 }, 'protected');
  });
  afterAll(() => at.close());

  const handleOf = (run: { workflowId: string }) => at.link.client.workflow.getHandle(run.workflowId);

  it('is not opened by raw signals, whose `by` goes on the record as unverified', async () => {
    const run = await at.waiting();
    await handleOf(run).signal('approve', { digest: DIGEST, by: 'ann' });
    expect(await at.recorded(run, 1)).toMatchObject([
      { decidedBy: 'ann', via: 'signal', verified: false, accepted: false, reason: 'decision_unverified' },
    ]);
    expect(await at.worker.until(handleOf(run), 'waiting')).toMatchObject({ status: 'waiting' });
    await handleOf(run).terminate();
  });

  it('is not opened by a raw update that claims to come from the command line', async () => {
    const run = await at.waiting();
    const claim = { verdict: 'approve', digest: DIGEST, by: 'ann', via: 'cli', allowDestructive: true };
    expect(await codeOf(handleOf(run).executeUpdate('decide', { args: [claim] }))).toBe(
      'decision_unverified',
    );
    await handleOf(run).terminate();
  });

  it('is not closed by anybody’s mere word', async () => {
    const run = await at.waiting();
    await handleOf(run).signal('reject', { digest: DIGEST, by: 'ann' });
    await at.recorded(run, 1);
    expect(await at.worker.until(handleOf(run), 'waiting')).toMatchObject({ status: 'waiting' });
    await handleOf(run).terminate();
  });

  it('is not opened by the user of the machine', async () => {
    const run = await at.waiting();
    const root = { by: 'root', verified: false, roles: [], method: 'os' as const };
    expect(await problemOf(at.approve(run, root))).toMatchObject({
      code: 'decision_unverified',
      next: expect.stringContaining('sluice login') as string,
    });
    await handleOf(run).terminate();
  });

  it('is opened by somebody verified, and no credential is in the history', async () => {
    const machine = { by: 'root', verified: false, roles: [], method: 'os' as const, scopes: SCOPES };
    const management = await Management.as(at.link.store, machine);
    await management.addUser('ann', ['dba'], []);
    const { token } = await management.createToken('ann', { scopes: ['decide'], expiresMs: 60_000 });
    const run = await at.waiting();
    await at.approve(run, await authenticateToken(at.link.store, token));
    await expect(handleOf(run).result()).resolves.toMatchObject({ status: 'succeeded' });
    expect(await at.recorded(run, 1)).toMatchObject([
      { decidedBy: 'ann', verified: true, method: 'token', roles: ['dba'] },
    ]);
    const { events } = await handleOf(run).fetchHistory();
    const texts = events!.map((event) =>
      Buffer.from(temporal.api.history.v1.HistoryEvent.encode(event).finish()),
    );
    expect(texts.some((text) => text.includes('"by":"ann"'))).toBe(true);
    expect(texts.some((text) => text.includes(token.slice(4)))).toBe(false);
  });
});

it('a gate elsewhere that policy wants verified decisions for is not opened by a signal', async () => {
  const at = await deciding({ approvers: 1, verified: true });
  const run = await at.waiting();
  await at.link.client.workflow.getHandle(run.workflowId).signal('approve', { digest: DIGEST, by: 'ann' });
  expect(await at.recorded(run, 1)).toMatchObject([{ reason: 'decision_unverified' }]);
  await at.link.client.workflow.getHandle(run.workflowId).terminate();
  await at.close();
});
