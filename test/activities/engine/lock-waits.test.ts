import { Client } from 'pg';
import { applyChange } from '../../../activities/engine/apply-change';
import { undoChanges } from '../../../activities/engine/undo-changes';
import type { StepContext } from '../../../capabilities/capability';
import { politely } from '../../../capabilities/model/politely';
import type { Change } from '../../../schemas/change';
import type { SluiceError } from '../../../schemas/errors';
import { fingerprintRelations } from '../../../warehouses/postgres/fingerprint-relations';
import { Connections } from '../../../warehouses/postgres/connections';
import { PostgresPlace } from '../../../warehouses/postgres/place';
import type { LockWaits } from '../../../warehouses/patience';
import { testDatabase, type TestDatabase } from '../../support/postgres';
import { toy, toyChange, toyContext, type ToyBody } from './toy';

const RUN = { runId: 'run', goal: 'g' };
const WAITS: LockWaits = { tryMs: 1_500, pauseMs: 300, maxPauseMs: 300, ceilingMs: 60_000 };

describe('a lock that somebody else holds', () => {
  let database: TestDatabase;
  let admin: Client;
  let holder: Client;
  let place: PostgresPlace;
  let told: unknown[];

  const connect = async (url: string): Promise<Client> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    return client;
  };
  beforeAll(async () => {
    database = await testDatabase('lock_waits');
    admin = await connect(database.url);
    holder = await connect(database.url);
    const connections = (user: string): Connections =>
      new Connections({
        ...{ host: database.host, port: database.port, database: database.database },
        login: { user, password: database.password },
      });
    place = new PostgresPlace(connections('sluice_reader'), connections('sluice_writer'));
  });
  afterAll(async () => {
    await Promise.all([admin.end(), holder.end(), place.close()]);
    await database.drop();
  });
  beforeEach(async () => {
    told = [];
    toy.hooks = {};
    await admin.query('create table public.numbers (value int)');
  });
  afterEach(async () => {
    toy.hooks = {};
    await holder.query('rollback');
    await admin.query('drop table public.numbers; truncate sluice.change cascade');
  });

  const propose = (body: Partial<ToyBody> = {}): Promise<Change<ToyBody>> =>
    place.read((session) => toyChange(fingerprintRelations, session, body));
  const contextOf = (waits: Partial<LockWaits>, signal?: AbortSignal): StepContext => ({
    ...toyContext(signal),
    lockWaits: { ...WAITS, ...waits },
    heartbeat: (details) => told.push(details),
  });
  const apply = (change: Change<ToyBody>, waits: Partial<LockWaits> = {}, signal?: AbortSignal) =>
    applyChange(place, toy, change, contextOf(waits, signal), { digest: 'd', run: RUN });
  const hold = async (lock = 'access share'): Promise<number> => {
    await holder.query(`begin; lock table public.numbers in ${lock} mode`);
    return (await holder.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;
  };
  const wanted = async (): Promise<number> =>
    (
      await admin.query<{ n: number }>(
        `select count(*)::int as n from pg_locks where relation = 'public.numbers'::regclass and not granted`,
      )
    ).rows[0]!.n;
  const until = async (condition: () => Promise<boolean> | boolean): Promise<void> => {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const problemOf = (work: Promise<unknown>): Promise<SluiceError['problem']> =>
    work.then(
      () => Promise.reject(new Error('it did not fail')),
      (cause: SluiceError) => cause.problem,
    );
  const locksReadersOut = async (): Promise<void> => {
    await admin.query('insert into public.numbers values (0)');
    toy.hooks.duringApply = async (session) => {
      await session.execute('alter table public.numbers alter column value set default 7');
    };
  };

  it('holds up those who come later for one try only: readers get through in between, then it happens once', async () => {
    await locksReadersOut();
    await hold();
    const applying = apply(await propose());
    await until(async () => (await wanted()) === 1);
    // A reader that queues behind the try is through when the try is given up, though the holder goes on.
    expect((await admin.query('select from public.numbers')).rowCount).toBe(1);
    await until(async () => (await wanted()) === 1);
    await holder.query('rollback');
    await expect(applying).resolves.toMatchObject({ applied: { rows: { inserted: 3 } } });
    expect((await admin.query('select from public.numbers')).rowCount).toBe(4);
    expect((await admin.query(`select from sluice.change where state = 'applied'`)).rowCount).toBe(1);
  });

  it('is named while it is waited for: the session, what it does and since when', async () => {
    await locksReadersOut();
    const pid = await hold();
    const applying = apply(await propose());
    const words = expect.stringMatching(
      new RegExp(`^pid ${pid} \\(idle in transaction, \\d+ s\\)$`),
    ) as string;
    await until(() => told.length > 0);
    expect(told[0]).toEqual({ waitsFor: words });
    await holder.query('rollback');
    await applying;
  });

  it('is given up at the ceiling, for good: the error names who holds it, and nothing has happened', async () => {
    await locksReadersOut();
    const pid = await hold();
    const problem = await problemOf(apply(await propose(), { ceilingMs: 2_500 }));
    expect(problem).toMatchObject({ code: 'lock_timeout', final: true });
    expect(problem.message).toContain(`it waits for pid ${pid} (idle in transaction, `);
    expect(problem.next).toContain(`pg_terminate_backend(${pid})`);
    await holder.query('rollback');
    expect((await admin.query('select from public.numbers')).rowCount).toBe(1);
    expect((await admin.query('select from sluice.change')).rowCount).toBe(0);
  });

  it('that keeps other writers away is waited for in the same way, before anything is done', async () => {
    await hold('row exclusive');
    let begun = 0;
    toy.hooks.duringApply = () => Promise.resolve(void (begun += 1));
    const applying = apply(await propose());
    await until(async () => (await wanted()) === 1);
    expect(begun).toBe(0);
    await holder.query('rollback');
    await applying;
    expect(begun).toBe(1);
  });

  it('is not waited for any more once the run is cancelled', async () => {
    await locksReadersOut();
    await hold();
    const controller = new AbortController();
    const applying = problemOf(apply(await propose(), { tryMs: 200, pauseMs: 30_000 }, controller.signal));
    await until(async () => (await wanted()) === 1);
    await until(async () => (await wanted()) === 0);
    controller.abort();
    expect((await applying).code).toBe('cancelled');
  });

  it('is waited for by an undo as well, which then happens once', async () => {
    const change = await propose();
    await apply(change);
    toy.hooks.duringUndo = async (session) => {
      await session.execute('alter table public.numbers alter column value drop default');
    };
    await hold();
    const undo = undoChanges(place, [{ change, capability: toy, context: contextOf({}) }], RUN);
    await until(async () => (await wanted()) === 1);
    await until(() => told.length > 0);
    await holder.query('rollback');
    await expect(undo).resolves.toMatchObject([{ rows: { deleted: 3 } }]);
  });

  it('that is asked for politely costs nothing that was done before it', async () => {
    await hold();
    let built = 0;
    toy.hooks.duringApply = async (session) => {
      built += 1;
      const { signal } = new AbortController();
      await politely({ session, signal, patience: { ...WAITS, tryMs: 100, signal } }, () =>
        session.execute('alter table public.numbers alter column value set default 7'),
      );
    };
    const applying = apply(await propose());
    await until(async () => (await wanted()) === 1);
    await until(async () => (await wanted()) === 0);
    await holder.query('rollback');
    await applying;
    expect(built).toBe(1);
  });
});
