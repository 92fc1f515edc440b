import { sql } from 'kysely';
import { openStore, type Store } from '../../store/store';
import { testDatabase, type TestDatabase } from '../support/postgres';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await testDatabase('asks', { ledger: false });
  store = await openStore(database.url, 2);
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

describe('seconds of an ask', () => {
  /** Seconds after noon. */
  const at = (seconds: number) => sql`timestamptz '2026-11-01 12:00+00' + ${seconds} * interval '1 second'`;
  const call = (askId: string, key: string, attempt: number, from: number, to: number, state = 'failed') =>
    sql`insert into llm_call (key, request, ask_id, agent, role, nth, purpose, model, attempt, state, ms, sent_at, ended_at)
      values (${key}, 'r', ${askId}, 'planner', 'planner', 1, 'plan', 'm', ${attempt}, ${state}, 1, ${at(from)}, ${at(to)})`.execute(
      store.db,
    );
  const tool = (askId: string, key: string, to: number, ms: number, done: object = {}) =>
    sql`insert into tool_call (key, ask_id, agent, name, done, ms, at)
      values (${key}, ${askId}, 'planner', 'look', ${JSON.stringify(done)}, ${ms}, ${at(to)})`.execute(
      store.db,
    );
  const seconds = async (askId: string): Promise<number> =>
    Math.round((await store.asks.calls.usage(askId)).seconds);

  it('are of calls and tools, at once counted once, and of the waits between the attempts of a call', async () => {
    await call('a', 'a1', 1, 0, 2);
    await call('a', 'a1', 2, 30, 34, 'answered');
    await tool('a', 'a-t1', 40, 5_000);
    await tool('a', 'a-t2', 39, 3_000);
    expect(await seconds('a')).toBe(34 + 5);
  });

  it('are not of waiting for a person: what was asked again after that is a first attempt', async () => {
    await call('b', 'b1', 1, 0, 2);
    await call('b', 'b1', 2, 5, 7);
    await call('b', 'b1', 1, 5_000, 5_003, 'answered');
    expect(await seconds('b')).toBe(7 + 3);
  });

  it('are of rehearsals', async () => {
    await tool('c', 'c-t', 1, 1_000, { effect: { kind: 'rehearse', goal: 'late' } });
    const bundle = await store.artifacts.putJson('bundle', {});
    await sql`insert into run (run_id, goal, workflow_id, temporal_run_id, mode, status, started_by, bundle, started_at, updated_at)
      values ('late-c-1', 'late', 'w', 't', 'plan', 'planned', 'ann', ${bundle}, ${at(10)}, ${at(70)})`.execute(
      store.db,
    );
    expect(await seconds('c')).toBe(61);
  });

  it('are of the wait for an attempt that was given up', async () => {
    await call('d', 'd1', 1, 0, 2);
    const next = {
      ...{ key: 'd1', request: 'r', askId: 'd', agent: 'planner', role: 'planner', nth: 1, model: 'm' },
      ...{ purpose: 'plan' as const, attempt: 2, estimate: { tokens: 1, money: 0 } },
    };
    expect((await store.asks.calls.usage('d', next)).seconds).toBeGreaterThan(3);
    expect(await seconds('d')).toBe(2);
    await store.asks.calls.givenUp(next);
    expect(await seconds('d')).toBeGreaterThan(3);
  });
});
