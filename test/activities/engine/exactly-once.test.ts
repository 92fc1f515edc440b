import { Client } from 'pg';
import { applyChange } from '../../../activities/engine/apply-change';
import { undoChanges } from '../../../activities/engine/undo-changes';
import type { Change } from '../../../schemas/change';
import type { SluiceError } from '../../../schemas/errors';
import { fingerprintRelations } from '../../../warehouses/postgres/fingerprint-relations';
import { Connections } from '../../../warehouses/postgres/connections';
import { PostgresPlace } from '../../../warehouses/postgres/place';
import type { Place } from '../../../warehouses/warehouse';
import { lossyProxy, type LossyProxy } from '../../support/lossy-proxy';
import { testDatabase, type TestDatabase } from '../../support/postgres';
import { toy, toyChange, toyContext, type ToyBody } from './toy';

const RUN = { runId: 'run', goal: 'g' };
const OPTIONS = { digest: 'd', run: RUN };

describe('a change', () => {
  let database: TestDatabase;
  let admin: Client;
  let proxy: LossyProxy;
  let place: Place;
  /** The same database through a wire that can fail. */
  let shaky: Place;

  beforeAll(async () => {
    database = await testDatabase('engine');
    proxy = await lossyProxy(database);
    admin = new Client({ connectionString: database.url });
    await admin.connect();
    const connections = (port: number, user: string): Connections =>
      new Connections({
        host: database.host,
        port,
        database: database.database,
        login: { user, password: database.password },
      });
    const open = (port: number): Place =>
      new PostgresPlace(connections(port, 'sluice_reader'), connections(port, 'sluice_writer'));
    place = open(database.port);
    shaky = open(proxy.port);
  });
  afterAll(async () => {
    await admin.end();
    await shaky.close();
    await place.close();
    await proxy.close();
    await database.drop();
  });
  afterEach(async () => {
    toy.hooks = {};
    await admin.query('drop table if exists public.numbers');
    await admin.query('truncate sluice.change cascade');
  });

  const propose = (body: Partial<ToyBody> = {}): Promise<Change<ToyBody>> =>
    place.read((session) => toyChange(fingerprintRelations, session, body));
  const apply = (change: Change<ToyBody>, on = place) => applyChange(on, toy, change, toyContext(), OPTIONS);
  const undo = (...changes: Change<ToyBody>[]) => undoAs('undo-run-1', changes);
  const undoAs = (undoId: string, changes: Change<ToyBody>[], on = place) =>
    undoChanges(
      on,
      changes.map((change) => ({ change, capability: toy, context: toyContext() })),
      { ...RUN, undoId },
    );
  const numbers = async (): Promise<number[] | undefined> => {
    const { rows } = await admin.query<{ there: string | null }>(
      `select to_regclass('public.numbers')::text as there`,
    );
    if (rows[0]!.there === null) return undefined;
    return (await admin.query<{ value: number }>('select value from public.numbers order by 1')).rows.map(
      (row) => row.value,
    );
  };
  const codeOf = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'none',
      (cause: SluiceError) => cause.code,
    );

  it('applied twice happens once, and says the same both times', async () => {
    const change = await propose();
    const first = await apply(change);
    await expect(apply(change)).resolves.toEqual(first);
    expect(await numbers()).toEqual([1, 2, 3]);
  });

  it('applied by eight attempts at the same time happens once', async () => {
    const change = await propose();
    await Promise.allSettled(Array.from({ length: 8 }, () => apply(change)));
    await apply(change);
    expect(await numbers()).toEqual([1, 2, 3]);
  });

  it('is taken over from an older attempt that still copies', async () => {
    const change = await propose();
    let copying = (): void => undefined;
    const started = new Promise<void>((resolve) => (copying = resolve));
    toy.hooks.duringApply = async (session) => {
      toy.hooks = {};
      copying();
      await session.query('select pg_sleep(30)');
    };
    const older = codeOf(apply(change));
    await started;
    const before = Date.now();
    await apply(change);
    expect(Date.now() - before).toBeLessThan(15_000);
    expect(await older).toBe('transient');
    expect(await numbers()).toEqual([1, 2, 3]);
  });

  it('whose COMMIT is not answered is settled by the ledger', async () => {
    const change = await propose();
    // A transaction is begun and the connection of the first look is given back before the one that counts.
    toy.hooks.duringApply = () => Promise.resolve(proxy.loseNextCommit());
    const lost = proxy.lost;
    await expect(apply(change, shaky)).resolves.toMatchObject({ applied: { rows: { inserted: 3 } } });
    expect(proxy.lost).toBe(lost + 1);
    expect(await numbers()).toEqual([1, 2, 3]);
  });

  it('whose COMMIT never arrived is tried again and happens once', async () => {
    const change = await propose();
    toy.hooks.duringApply = () => Promise.resolve(proxy.dropNextCommit());
    expect(await codeOf(apply(change, shaky))).toBe('transient');
    expect(await numbers()).toBeUndefined();
    toy.hooks = {};
    await apply(change, shaky);
    expect(await numbers()).toEqual([1, 2, 3]);
  });

  it('that does not pass its checks was never there', async () => {
    const change = await propose({ passes: false });
    await expect(apply(change)).rejects.toMatchObject({ problem: { code: 'check_failed', step: 'toy' } });
    expect(await numbers()).toBeUndefined();
    expect((await admin.query('select from sluice.change')).rowCount).toBe(0);
  });

  it('is not seen by anybody before it is verified', async () => {
    const change = await propose();
    let seen: unknown = 'not looked';
    toy.hooks.duringApply = async () => void (seen = await numbers());
    await apply(change);
    expect(seen).toBeUndefined();
  });

  it.each([
    ['exists now', 'create table public.numbers (value text)'],
    ['has another column', 'alter table public.numbers add other int'],
    ['has other privileges', 'grant select on public.numbers to public'],
  ])('is stale when its target %s', async (what, statement) => {
    if (what !== 'exists now') await admin.query('create table public.numbers (value int)');
    const change = await propose();
    await admin.query(statement);
    await expect(apply(change)).rejects.toMatchObject({
      problem: { code: 'proposal_stale', place: 'public.numbers' },
    });
    expect((await admin.query('select from sluice.change')).rowCount).toBe(0);
  });

  it('waits for a writer of the same table instead of mixing with it', async () => {
    await admin.query('create table public.numbers (value int)');
    const change = await propose();
    const other = new Client({ connectionString: database.url });
    await other.connect();
    await other.query('begin');
    await other.query('insert into public.numbers values (99)');
    const applied = apply(change);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await admin.query('select from sluice.change')).rowCount).toBe(0);
    await other.query('commit');
    await other.end();
    await applied;
    expect(await numbers()).toEqual([1, 2, 3, 99]);
  });

  it('undone is gone, and another undo of it finds nothing to do', async () => {
    const change = await propose();
    await apply(change);
    await expect(undo(change)).resolves.toMatchObject([{ step: 'toy', rows: { deleted: 3 } }]);
    await expect(undoAs('undo-run-2', [change])).resolves.toEqual([]);
    expect(await numbers()).toEqual([]);
  });

  it('whose undo was committed and not answered is told as undone when that undo is tried again', async () => {
    const first = await propose();
    await apply(first);
    const second = await propose({ values: [4, 5] });
    await apply(second);
    toy.hooks.duringUndo = () => Promise.resolve(proxy.loseNextCommit());
    expect(await codeOf(undoAs('undo-run-1', [first, second], shaky))).toBe('transient');
    expect(await numbers()).toEqual([]);
    await expect(undoAs('undo-run-1', [first, second], shaky)).resolves.toMatchObject([
      { step: 'toy', rows: { deleted: 2 } },
      { step: 'toy', rows: { deleted: 3 } },
    ]);
    await expect(undoAs('undo-run-2', [first, second])).resolves.toEqual([]);
  });

  it('whose undo came first can never happen any more', async () => {
    const change = await propose();
    await expect(undo(change)).resolves.toEqual([]);
    expect(await codeOf(apply(change))).toBe('cancelled');
    expect(await numbers()).toBeUndefined();
  });

  it('is ended and undone when undo is asked for while it still copies', async () => {
    const change = await propose();
    let copying = (): void => undefined;
    const started = new Promise<void>((resolve) => (copying = resolve));
    toy.hooks.duringApply = async (session) => {
      copying();
      await session.query('select pg_sleep(30)');
    };
    const attempt = codeOf(apply(change));
    await started;
    await undo(change);
    expect(await attempt).not.toBe('none');
    expect(await codeOf(apply(change))).toBe('cancelled');
    expect(await numbers()).toBeUndefined();
  });

  it('is not undone when its table was changed since, and the refusal names it', async () => {
    const change = await propose();
    await apply(change);
    await admin.query('alter table public.numbers add other int');
    await expect(undo(change)).rejects.toMatchObject({
      problem: { code: 'undo_refused', message: expect.stringContaining('public.numbers') },
    });
    expect(await numbers()).toEqual([1, 2, 3]);
  });

  it('is not undone when a later run wrote to its table, and the refusal names the run', async () => {
    const change = await propose();
    await apply(change);
    const later = { ...(await propose({ values: [7] })), id: 'later.toy.1' };
    await applyChange(place, toy, later, toyContext(), { digest: 'd', run: { runId: 'later', goal: 'g' } });
    await expect(undo(change)).rejects.toMatchObject({
      problem: { code: 'undo_refused', next: expect.stringContaining('sluice undo later') },
    });
    expect(await numbers()).toEqual([1, 2, 3, 7]);
  });

  describe('whose capability does not look what foreign keys and triggers reach', () => {
    const CHILD = `create table public.numbers (value int primary key);
      create table public.middle (value int primary key references public.numbers on delete cascade);
      create table public.child (value int references public.middle on delete set null)`;
    const children = async (): Promise<unknown[]> =>
      (await admin.query('select value from public.middle union all select value from public.child')).rows;
    afterEach(() =>
      admin.query('drop table if exists public.child, public.middle, public.numbers, public.other'),
    );

    it('is not undone over rows of others, several tables away: the server has counted them', async () => {
      await admin.query(CHILD);
      const change = await propose();
      await apply(change);
      await admin.query('insert into public.middle values (2); insert into public.child values (2), (2)');
      await expect(undo(change)).rejects.toMatchObject({
        problem: {
          code: 'undo_refused',
          message: expect.stringContaining(
            '2 rows of public.child (foreign key child_value_fkey), 1 row of public.middle (foreign key middle_value_fkey)',
          ) as string,
        },
      });
      expect(await children()).toEqual([{ value: 2 }, { value: 2 }, { value: 2 }]);
      expect(await numbers()).toEqual([1, 2, 3]);
    });

    it('is not applied over rows of others', async () => {
      await admin.query(
        `${CHILD}; insert into public.numbers values (8); insert into public.middle values (8)`,
      );
      const change = await propose();
      toy.hooks.duringApply = async (session) =>
        void (await session.execute('delete from public.numbers where value = 8'));
      await expect(apply(change)).rejects.toMatchObject({
        problem: {
          code: 'target_mismatch',
          message: expect.stringContaining('1 row of public.middle') as string,
        },
      });
      expect(await children()).toEqual([{ value: 8 }]);
      expect(await numbers()).toEqual([8]);
    });

    it('is not undone over what a trigger does to rows of others, and is over what it only adds', async () => {
      await admin.query(`create table public.numbers (value int); create table public.other (n int, note text); insert into public.other values (1);
        create function public.act() returns trigger language plpgsql as
          'begin insert into public.other values (old.value, ''gone''); update public.other set n = n + 1 where note is null and n < 2; return old; end';
        create trigger act after delete on public.numbers for each row execute function public.act()`);
      const change = await propose();
      await apply(change);
      await expect(undo(change)).rejects.toMatchObject({
        problem: {
          code: 'undo_refused',
          message: expect.stringContaining('1 row of public.other (by a trigger or a rule)') as string,
        },
      });
      await admin.query('delete from public.other');
      await undo(change);
      expect((await admin.query('select from public.other')).rowCount).toBe(3);
      await admin.query('drop function public.act() cascade');
    });
  });

  it('of several is undone with all of them or not at all', async () => {
    const first = await propose();
    await apply(first);
    const second = await propose({ values: [4] });
    await apply(second);
    // The second is undone first; the first then refuses.
    const original = toy.undo.bind(toy);
    const undoOf = jest.spyOn(toy, 'undo').mockImplementation((change, applied, ctx) => {
      toy.hooks.failUndo = change.id === first.id;
      return original(change, applied, ctx);
    });
    expect(await codeOf(undo(first, second))).toBe('undo_refused');
    undoOf.mockRestore();
    expect(await numbers()).toEqual([1, 2, 3, 4]);
    toy.hooks = {};
    await undo(first, second);
    expect(await numbers()).toEqual([]);
  });

  it('that is cancelled while it copies leaves nothing', async () => {
    const change = await propose();
    const controller = new AbortController();
    toy.hooks.duringApply = async (session) => {
      setTimeout(() => controller.abort(), 100);
      await session.query('select pg_sleep(30)');
    };
    const before = Date.now();
    expect(await codeOf(applyChange(place, toy, change, toyContext(controller.signal), OPTIONS))).toBe(
      'cancelled',
    );
    expect(Date.now() - before).toBeLessThan(10_000);
    expect(await numbers()).toBeUndefined();
  });
});
