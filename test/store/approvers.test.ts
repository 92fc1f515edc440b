import { randomUUID } from 'node:crypto';
import { Management } from '../../governance/identity/manage';
import { SCOPES } from '../../governance/identity/names';
import type { Decision } from '../../schemas/run';
import type { Approver } from '../../store/decisions/approvers';
import type { Subject } from '../../store/identity/tickets';
import { openStore, type Store } from '../../store/store';
import { testDatabase, type TestDatabase } from '../support/postgres';

describe('somebody who approved', () => {
  let database: TestDatabase;
  let store: Store;
  let management: Management;
  beforeAll(async () => {
    database = await testDatabase('approvers', { ledger: false });
    store = await openStore(database.url, 4);
    const root = { by: 'root', verified: false, roles: [], method: 'os' as const, scopes: SCOPES };
    management = await Management.as(store, root);
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  const digest = 'd'.repeat(64);
  /** The one approval of a new run, as it is after `then`. */
  const afterwards = async (subject: Subject, then: () => Promise<unknown>): Promise<Approver> => {
    const runId = randomUUID();
    const bundle = await store.artifacts.putJson('bundle', {});
    const ids = { workflowId: runId, temporalRunId: 'first' };
    await store.runs.begin({ runId, goal: 'g', ...ids, mode: 'apply', startedBy: 'zoe', bundle });
    const says: Decision = { id: randomUUID(), verdict: 'approve', digest, by: subject.by, via: 'cli' };
    const decision = { ...says, ticket: await store.identity.tickets.write(runId, says, subject) };
    const { counted } = await store.decisions.put({ runId, decision, execution: 'e', verifiedOnly: true });
    expect(counted).toBe(true);
    await then();
    const [approver] = await store.decisions.approvers({ runId, digest });
    expect(await store.decisions.approvers({ ids: [decision.id] })).toEqual([approver]);
    return approver!;
  };
  const withToken = async (name: string, roles: string[]): Promise<Subject & { tokenId: string }> => {
    await management.addUser(name, roles, []);
    const { id } = await management.createToken(name, { scopes: ['decide'], expiresMs: 60_000 });
    return { by: name, verified: true, roles, method: 'token', identity: `token:${id}`, tokenId: id };
  };
  const issuer = 'https://id.example.com';
  const withIdentity = async (name: string, roles: string[], claims: string[]): Promise<Subject> => {
    await management.addUser(name, roles, []);
    await management.link(name, { issuer, subject: name });
    const all = [...roles, ...claims];
    return { by: name, verified: true, roles: all, method: 'oidc', identity: `oidc:${issuer}#${name}` };
  };

  it('still may while nothing has changed', async () => {
    const ann = await withToken('ann', ['dba']);
    const approver = await afterwards(ann, () => Promise.resolve());
    expect(approver.lost).toBeUndefined();
    expect(approver.now).toEqual({ by: 'ann', verified: true, roles: ['dba'] });
  });

  it('may not when the token was revoked, and may when it only expired', async () => {
    const bob = await withToken('bob', []);
    const expired = await afterwards(bob, () =>
      store.db
        .updateTable('user_token')
        .set({ expires_at: new Date(Date.now() - 1000) })
        .where('id', '=', bob.tokenId)
        .execute(),
    );
    expect(expired.lost).toBeUndefined();
    const dan = await withToken('dan', []);
    expect((await afterwards(dan, () => management.revokeToken(dan.tokenId))).lost).toContain(
      `the token ${dan.tokenId} of dan was revoked`,
    );
  });

  it('may not when they are no user any more, however they signed in', async () => {
    const eve = await withToken('eve', []);
    expect((await afterwards(eve, () => management.removeUser('eve'))).lost).toContain('eve is no user');
    const fay = await withIdentity('fay', [], []);
    expect((await afterwards(fay, () => management.removeUser('fay'))).lost).toContain('fay is no user');
  });

  it('has the roles that they had and have: none that was taken, none that came later', async () => {
    const gus = await withToken('gus', ['dba', 'privacy']);
    const { now } = await afterwards(gus, () => management.changeRoles('gus', ['owner'], ['dba']));
    expect(now.roles).toEqual(['privacy']);
  });

  it('keeps what an issuer said, but for what was taken from the user they are linked to', async () => {
    const hal = await withIdentity('hal', ['dba', 'privacy'], ['owner']);
    const { now } = await afterwards(hal, () => management.changeRoles('hal', [], ['dba']));
    expect(now.roles.sort()).toEqual(['owner', 'privacy']);
  });

  it('of whom nobody vouched is who they said', async () => {
    const runId = randomUUID();
    const bundle = await store.artifacts.putJson('bundle', {});
    const ids = { workflowId: runId, temporalRunId: 'first' };
    await store.runs.begin({ runId, goal: 'g', ...ids, mode: 'apply', startedBy: 'zoe', bundle });
    const decision: Decision = { id: randomUUID(), verdict: 'approve', digest, by: 'ina', via: 'signal' };
    await store.decisions.put({ runId, decision, execution: 'e', verifiedOnly: false });
    const [approver] = await store.decisions.approvers({ runId, digest });
    expect(approver).toEqual({
      decision: decision.id,
      then: approver!.now,
      now: { by: 'ina', verified: false, roles: [] },
    });
  });
});
