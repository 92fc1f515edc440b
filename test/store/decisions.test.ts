import { randomUUID } from 'node:crypto';
import type { Decision } from '../../schemas/run';
import type { Ballot } from '../../store/decisions/decisions';
import type { Subject } from '../../store/identity/tickets';
import { openStore, type Store } from '../../store/store';
import { testDatabase, type TestDatabase } from '../support/postgres';

describe('a decision on the record', () => {
  let database: TestDatabase;
  let store: Store;
  beforeAll(async () => {
    database = await testDatabase('decisions', { ledger: false });
    store = await openStore(database.url, 4);
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  const ann: Subject = { by: 'ann', verified: true, roles: ['dba'], method: 'oidc', identity: 'oidc:i#1' };
  const newRun = async (): Promise<string> => {
    const runId = randomUUID();
    const bundle = await store.artifacts.putJson('bundle', {});
    const ids = { workflowId: runId, temporalRunId: 'first' };
    await store.runs.begin({ runId, goal: 'g', ...ids, mode: 'apply', startedBy: 'zoe', bundle });
    return runId;
  };
  const decisionOf = (by: string, over: Partial<Decision> = {}): Decision => ({
    id: randomUUID(),
    verdict: 'approve',
    digest: 'd'.repeat(64),
    by,
    via: 'cli',
    ...over,
  });
  /** With a ticket for exactly this decision. */
  const ticketed = async (runId: string, subject: Subject, over: Partial<Decision> = {}) => {
    const decision = decisionOf(subject.by, over);
    return { ...decision, ticket: await store.identity.tickets.write(runId, decision, subject) };
  };
  const put = (runId: string, decision: Decision, over: Partial<Ballot> = {}) =>
    store.decisions.put({ runId, decision, execution: 'first', verifiedOnly: true, ...over });

  it('with a ticket counts for whom the ticket names, with their roles', async () => {
    const runId = await newRun();
    expect(await put(runId, await ticketed(runId, ann))).toEqual({
      counted: true,
      voter: { by: 'ann', verified: true, roles: ['dba'] },
      via: 'cli',
    });
    expect(await store.record.decisions(runId)).toMatchObject([
      { decidedBy: 'ann', accepted: true, verified: true, roles: ['dba'], method: 'oidc' },
    ]);
  });

  it('answers a retry of its activity as it answered first, with one row and one event', async () => {
    const runId = await newRun();
    const decision = await ticketed(runId, ann);
    const first = await put(runId, decision);
    expect(await put(runId, decision)).toEqual(first);
    const refused = decisionOf('bob');
    expect(await put(runId, refused)).toEqual(await put(runId, refused));
    expect(await store.record.decisions(runId)).toHaveLength(2);
    const events = await store.db.selectFrom('event').select('event').where('run_id', '=', runId).execute();
    expect(events.map(({ event }) => event)).toEqual(['decided', 'decision_refused']);
  });

  it.each<[string, (runId: string) => Promise<Decision>, string]>([
    ['without a ticket', () => Promise.resolve(decisionOf('ann')), 'nobody vouches'],
    [
      'of the user of the machine',
      (id) => ticketed(id, { ...ann, verified: false, method: 'os' }),
      'nobody vouches',
    ],
    [
      'with an invented ticket',
      () => Promise.resolve(decisionOf('ann', { ticket: 'tkt_x' })),
      'does not exist',
    ],
    ['with a ticket of another run', async () => ticketed(await newRun(), ann), 'another decision'],
    [
      'with another person’s ticket',
      async (id) => ({ ...(await ticketed(id, ann)), by: 'eve' }),
      'another decision',
    ],
    [
      'with another verdict',
      async (id) => ({ ...(await ticketed(id, ann)), verdict: 'reject' }),
      'another decision',
    ],
    ['for another digest', async (id) => ({ ...(await ticketed(id, ann)), digest: 'e' }), 'another decision'],
    [
      'that allows more than was said',
      async (id) => ({ ...(await ticketed(id, ann)), allowDestructive: true }),
      'another decision',
    ],
  ])('%s is not verified and does not count', async (_what, make, why) => {
    const runId = await newRun();
    const counted = await put(runId, await make(runId));
    expect(counted).toMatchObject({ counted: false, refused: { code: 'decision_unverified' } });
    expect(counted.refused?.message).toContain(why);
    expect(await store.record.decisions(runId)).toMatchObject([{ accepted: false }]);
  });

  it('that is refused is on the record as what its ticket says, whoever puts it there', async () => {
    const runId = await newRun();
    await put(runId, await ticketed(runId, ann), { refused: 'decision_stale' });
    await store.decisions.putRefused(runId, await ticketed(runId, ann), 'decision_duplicate');
    const forged = { ...(await ticketed(runId, ann)), by: 'eve' };
    await store.decisions.putRefused(runId, forged, 'decision_duplicate');
    expect(await store.record.decisions(runId)).toMatchObject([
      { decidedBy: 'ann', accepted: false, verified: true, method: 'oidc', reason: 'decision_stale' },
      { decidedBy: 'ann', accepted: false, verified: true, roles: ['dba'], reason: 'decision_duplicate' },
      { decidedBy: 'eve', accepted: false, verified: false, method: null },
    ]);
    const entries = await store.db.selectFrom('event').select('data').where('run_id', '=', runId).execute();
    expect(entries.map(({ data }) => data.verified)).toEqual([true, true, false]);
  });

  it('of nobody in particular counts where no verified identity is asked for, and how it came is not its own word', async () => {
    const runId = await newRun();
    expect(await put(runId, decisionOf('ann'), { verifiedOnly: false })).toEqual({
      counted: true,
      voter: { by: 'ann', verified: false, roles: [] },
      via: 'update',
    });
  });

  it('does not count once its ticket has expired', async () => {
    const runId = await newRun();
    const decision = await ticketed(runId, ann);
    await store.db
      .updateTable('decision_ticket')
      .set({ expires_at: new Date(Date.now() - 1000) })
      .where('id', '=', decision.ticket)
      .execute();
    expect((await put(runId, decision)).refused?.message).toContain('has expired');
  });

  it('does not count once its token is revoked, or its user is gone', async () => {
    const { users, tokens } = store.identity;
    await users.add({ name: 'tom', roles: [], addedBy: 'root', oidc: [] });
    const hash = 'a'.repeat(64);
    await tokens.create({ id: 't1', hash, user: 'tom', scopes: [], createdBy: 'root', expiresMs: 60_000 });
    const tom: Subject = { by: 'tom', verified: true, roles: [], method: 'token', tokenId: 't1' };
    const runId = await newRun();
    const [one, two] = [await ticketed(runId, tom), await ticketed(runId, tom)];
    await tokens.revoke('t1');
    expect((await put(runId, one)).refused?.message).toContain('revoked');
    await users.remove('tom');
    expect((await put(runId, two)).refused?.message).toContain('revoked');
  });

  it('uses its ticket: another decision cannot', async () => {
    const runId = await newRun();
    const first = await ticketed(runId, ann);
    await put(runId, first);
    expect(await put(runId, { ...first, id: randomUUID() })).toMatchObject({
      counted: false,
      refused: { code: 'decision_replayed' },
    });
  });

  it('cannot be spoken for by another that takes its id', async () => {
    const runId = await newRun();
    const first = await ticketed(runId, ann);
    await put(runId, first);
    for (const over of [{ verdict: 'reject' as const }, { by: 'eve' }, { allowDestructive: true }]) {
      expect(await put(runId, { ...first, ...over })).toMatchObject({
        counted: false,
        refused: { code: 'decision_replayed' },
        voter: { verified: false },
      });
    }
  });

  it('counts once per person, also when the person is known by another name since', async () => {
    const runId = await newRun();
    await put(runId, await ticketed(runId, ann));
    for (const subject of [ann, { ...ann, by: 'ann-lee' }]) {
      expect(await put(runId, await ticketed(runId, subject))).toMatchObject({
        counted: false,
        refused: { code: 'decision_duplicate' },
      });
    }
  });

  it('counts once when two of one person arrive at the same instant', async () => {
    const runId = await newRun();
    const both = [await ticketed(runId, ann), await ticketed(runId, ann)];
    const counted = await Promise.all(both.map((decision) => put(runId, decision)));
    expect(counted.map((one) => one.counted).sort()).toEqual([false, true]);
  });

  it('that a worker of the version before recorded is not counted again', async () => {
    const runId = await newRun();
    const old = decisionOf('ann');
    await store.db
      .insertInto('decision')
      .values({
        ...{ id: old.id, run_id: runId, digest: old.digest },
        verdict: 'approve',
        decided_by: 'ann',
        via: 'cli',
        accepted: true,
        comment: null,
        reason: null,
      })
      .execute();
    expect((await put(runId, old, { verifiedOnly: false })).counted).toBe(false);
    // A new one, which its ticket proves to be new, counts.
    expect((await put(runId, await ticketed(runId, ann))).counted).toBe(true);
  });

  it('knows the author of a run only from its client, and only with the bundle that was theirs', async () => {
    const runId = await newRun();
    expect(await store.record.verifiedAuthor(runId, 'a'.repeat(64))).toBeUndefined();
    await store.record.event(runId, 'authored', 'ann', { bundle: 'a'.repeat(64), verified: 'token' });
    expect(await store.record.verifiedAuthor(runId, 'a'.repeat(64))).toBe('ann');
    expect(await store.record.verifiedAuthor(runId, 'b'.repeat(64))).toBeUndefined();
  });
});
