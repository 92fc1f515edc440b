import { sql } from 'kysely';
import { Client } from 'pg';
import { houseOf } from '../../activities/house';
import { LifeBed, problemOf, type LifeRun } from './life-bed';

jest.setTimeout(120_000);

let bed: LifeBed;
beforeAll(async () => {
  bed = await LifeBed.make('sweep');
});
afterAll(() => bed.close());
beforeEach(async () => {
  await bed.rows(`drop schema if exists raw cascade; create schema raw authorization sluice_writer; truncate sluice.change, sluice.quarantine, sluice.swept cascade;
    do $$ declare kept text; begin for kept in select oid::regclass from pg_class where relnamespace = 'sluice'::regnamespace and relname ~ '^(trash|before)_' and relkind = 'r'
      loop execute 'drop table ' || kept; end loop; end $$`);
  await bed.rows(
    'create table raw.t (id int primary key, name text); alter table raw.t owner to sluice_writer',
  );
  await bed.rows(`insert into raw.t select i, 'n' || i from generate_series(1, 50) i`);
});

const sqlGoal = (statements: string): object => ({ goal: 'g', steps: [{ id: 's', sql: { statements } }] });
const aged = ({ run }: LifeRun, days: number): Promise<unknown> =>
  sql`update run set updated_at = updated_at - ${days} * interval '1 day' where run_id = ${run.runId}`.execute(
    bed.services.store.db,
  );
/** Past its retention the moment it is applied. */
const SHORT = { undo: '1ms' };

it('drops what was kept for a change past its retention; an undo then says so, with the date', async () => {
  const dropped = await bed.run(sqlGoal('drop table raw.t'), SHORT);
  expect(await bed.aside()).toHaveLength(1);

  const swept = await bed.sweep();
  expect(await bed.aside()).toEqual([]);
  expect(swept.document.checks).toContainEqual(
    expect.objectContaining({
      name: 'sweep: undo',
      message: expect.stringMatching(/^swept 1 table kept for an undo, /) as string,
    }),
  );
  const problem = await problemOf(bed.undo(dropped));
  expect(problem).toMatchObject({
    code: 'undo_refused',
    state: 'Nothing was undone; the run stands as it was.',
  });
  expect(problem.message).toMatch(/swept at the end of its retention, on 20\d\d-\d\d-\d\d \d\d:\d\d UTC/);
});

it('leaves what is within its retention, whatever the retention is at the time of the sweep', async () => {
  const before = await bed.picture();
  const dropped = await bed.run(sqlGoal('drop table raw.t'));
  await bed.sweep(SHORT);
  await bed.undo(dropped);
  expect(await bed.picture()).toEqual(before);
});

it('leaves what belongs to a run that is still open or needs an operator', async () => {
  for (const status of ['held', 'needs_operator', 'applying'] as const) {
    await bed.run(sqlGoal(`delete from raw.t where id = ${status.length}`), SHORT, status);
  }
  await bed.sweep();
  expect(await bed.aside()).toHaveLength(3);
});

it('runs by itself: nobody is asked, and a second one has nothing to do', async () => {
  await bed.run(sqlGoal('update raw.t set name = upper(name)'), SHORT);
  const first = await bed.sweep();
  expect(first.proposal.gates[0]).toMatchObject({ approvers: 0 });
  expect(first.proposal.changes[0]).toMatchObject({ noop: false, risk: 'read', lossy: [] });
  expect(first.proposal.changes[0]!.apply).toMatch(/^-- undo: 1 table kept for an undo, .* the oldest of 20/);
  const second = await bed.sweep();
  expect(second.proposal.changes[0]).toMatchObject({
    noop: true,
    title: expect.stringMatching(/^nothing to sweep/) as string,
  });
});

it('says of a change that would not fit under the cap that it is lossy, before anyone approves, and sweeps it after its run', async () => {
  const large = await bed.propose(sqlGoal('drop table raw.t'), { undoBytes: '1kB' });
  expect(large.proposal.changes[0]!.lossy).toEqual([
    'once its run has ended: what its undo needs would not fit into retention.undoBytes (1kB) and is swept',
  ]);
  expect(large.proposal.gates[0]).toMatchObject({ approvers: 2 });
  const run = await bed.finish(large);
  await bed.sweep();
  expect(await bed.aside()).toEqual([]);
  expect((await problemOf(bed.undo(run))).message).toMatch(/more than `retention.undoBytes` allows/);
});

it('counts what is held already towards the cap', async () => {
  const one = await bed.propose(sqlGoal('delete from raw.t where id < 40'), { undoBytes: '30kB' });
  expect(one.proposal.changes[0]!.lossy).toEqual([]);
  expect(one.proposal.changes[0]!.findings).toContainEqual(
    expect.objectContaining({
      rule: 'undo_kept',
      message: expect.stringMatching(/held for its undo until 20/) as string,
    }),
  );
  await bed.finish(one);
  await bed.rows('analyze raw.t');
  const two = await bed.propose(sqlGoal('delete from raw.t where id > 40'), { undoBytes: '17kB' });
  expect(two.proposal.changes[0]!.lossy).toHaveLength(1);
});

it('finds and drops what no change that stands has kept', async () => {
  await bed.rows(`create table sluice.trash_0123456789ab_1 (id int); alter table sluice.trash_0123456789ab_1 owner to sluice_writer;
    create sequence sluice.trash_0123456789ab_2_s; alter sequence sluice.trash_0123456789ab_2_s owner to sluice_writer`);
  await bed.sweep();
  expect(await bed.aside()).toEqual([]);
});

it('leaves what something stands on, names it, and sweeps the rest', async () => {
  await bed.rows(`create table sluice.trash_0123456789ab_1 (id int); alter table sluice.trash_0123456789ab_1 owner to sluice_writer;
    create table sluice.trash_0123456789ab_2 (id int); alter table sluice.trash_0123456789ab_2 owner to sluice_writer;
    create view raw.held as select * from sluice.trash_0123456789ab_1`);
  const { document } = await bed.sweep();
  expect(await bed.aside()).toEqual(['trash_0123456789ab_1']);
  expect(document.checks).toContainEqual(
    expect.objectContaining({ name: 'sweep: sluice.trash_0123456789ab_1', ok: false, severity: 'warning' }),
  );
  await bed.rows('drop view raw.held; drop table sluice.trash_0123456789ab_1');
});

it('passes over a change that is being undone in this moment', async () => {
  const dropped = await bed.run(sqlGoal('drop table raw.t'), SHORT);
  const other = new Client({ connectionString: bed.warehouse.url });
  await other.connect();
  await other.query('begin');
  await other.query('select from sluice.change where run_id = $1 for update', [dropped.run.runId]);
  await bed.sweep();
  await other.query('rollback');
  await other.end();
  expect(await bed.aside()).toHaveLength(1);
});

it('deletes quarantined rows past their retention; the load can still be undone', async () => {
  bed.file('p.csv', 'id,name\n1,ann\nx,bob\n');
  const load = {
    from: { files: 'p.csv', types: { id: 'integer' } },
    into: 'raw.p',
    quarantine: { limit: 5 },
  };
  const loaded = await bed.run({ goal: 'load', steps: [{ id: 'load', ingest: load }] });
  await bed.sweep({ quarantine: '1h' });
  expect(await bed.rows('select from sluice.quarantine')).toHaveLength(1);
  await bed.rows(
    `update sluice.quarantine set quarantined_at = quarantined_at - interval '1 day'; update sluice.load set loaded_at = loaded_at - interval '1 day'`,
  );
  const { document } = await bed.sweep({ quarantine: '1h' });
  expect(document.steps[0]!.rows.deleted).toBe(1);
  expect(await bed.rows('select from sluice.quarantine')).toEqual([]);
  expect((await bed.sweep({ quarantine: '1h' })).proposal.changes[0]).toMatchObject({ noop: true });
  await bed.undo(loaded);
  expect(await bed.rows(`select to_regclass('raw.p') as p`)).toEqual([{ p: null }]);
});

it('forgets what was undone long ago, never what is loaded', async () => {
  bed.file('l.csv', 'id\n1\n');
  const load = (): object => ({
    goal: 'load',
    steps: [{ id: 'load', ingest: { from: { files: 'l.csv' }, into: 'raw.l' } }],
  });
  await bed.undo(await bed.run(load()));
  await bed.run(load());
  await bed.rows(
    `update sluice.change set applied_at = applied_at - interval '2 years', undone_at = undone_at - interval '2 years'`,
  );
  await bed.sweep();
  expect(await bed.rows(`select state from sluice.change where kind = 'ingest'`)).toEqual([
    { state: 'applied' },
  ]);
  expect((await bed.propose(load())).proposal.changes[0]).toMatchObject({ noop: true });
});

it('deletes ended runs past their retention with what only they refer to, and keeps what others still refer to', async () => {
  const [old, young] = [
    await bed.run(sqlGoal('delete from raw.t where id = 1')),
    await bed.run(sqlGoal('delete from raw.t where id = 2')),
  ];
  const waiting = await bed.propose(sqlGoal('delete from raw.t where id = 3'));
  const store = new Client({ connectionString: bed.store.url });
  await store.connect();
  await store.query(`update run set updated_at = updated_at - interval '2 years' where run_id = any($1)`, [
    [old.run.runId, waiting.run.runId],
  ]);
  await store.query(`update artifact set created_at = created_at - interval '2 years'`);
  const orphan = await bed.services.store.artifacts.put('other', Buffer.from('nobody refers to this'));
  const fresh = await bed.services.store.artifacts.put('other', Buffer.from('stored a moment ago'));
  await store.query(`update artifact set created_at = created_at - interval '2 years' where hash = $1`, [
    orphan,
  ]);

  await bed.sweep();
  await expect(bed.show(old)).rejects.toThrow();
  await bed.show(young);
  await bed.show(waiting);
  const left = await store.query('select hash from artifact where hash = any($1)', [
    [orphan, fresh, old.proposal.changeRefs[0]],
  ]);
  expect(left.rows).toEqual([{ hash: fresh }]);
  expect((await store.query('select from event where run_id = $1', [old.run.runId])).rows).toEqual([]);
  await store.end();
});

it('does not take an artifact that is stored again while it sweeps', async () => {
  const body = Buffer.from('wanted again');
  const hash = await bed.services.store.artifacts.put('other', body);
  const store = new Client({ connectionString: bed.store.url });
  await store.connect();
  await store.query(`update artifact set created_at = created_at - interval '2 years' where hash = $1`, [
    hash,
  ]);
  await bed.services.store.artifacts.put('other', body);
  await bed.sweep();
  expect((await store.query('select from artifact where hash = $1', [hash])).rows).toHaveLength(1);
  await store.end();
});

describe('a sweep that dies', () => {
  /** A change whose kept table is due, and an ended run of long ago. */
  async function due(): Promise<{ ended: LifeRun; proposed: Awaited<ReturnType<LifeBed['propose']>> }> {
    const ended = await bed.run(sqlGoal('drop table raw.t'), SHORT);
    await aged(ended, 400);
    const proposed = await bed.propose({ goal: 'sweep', steps: [{ id: 'sweep', sweep: {} }] });
    return { ended, proposed };
  }
  /** The next time something of the store is to be looked at (`false`) or deleted (`true`), the worker dies. */
  function killedAt(sweeps: boolean): jest.SpyInstance {
    const { housekeeping } = bed.services.store;
    const real = housekeeping.runs.bind(housekeeping);
    return jest.spyOn(housekeeping, 'runs').mockImplementation((ms, sweep) => {
      if (sweep === sweeps) throw new Error('the worker was killed here');
      return real(ms, sweep);
    });
  }

  it('before the warehouse commits has deleted nothing, of the store neither', async () => {
    const { ended, proposed } = await due();
    const dying = killedAt(false);
    await problemOf(bed.finish(proposed));
    dying.mockRestore();
    expect(await bed.aside()).toHaveLength(1);
    expect(await bed.rows('select from sluice.swept')).toEqual([]);
    await bed.show(ended);
  });

  it('after the warehouse committed deletes the rest of the store with its next attempt', async () => {
    const { ended, proposed } = await due();
    const dying = killedAt(true);
    await problemOf(bed.finish(proposed));
    dying.mockRestore();
    expect(await bed.aside()).toEqual([]);
    await bed.show(ended);
    await bed.finish(proposed);
    await bed.finish(proposed);
    await expect(bed.show(ended)).rejects.toThrow();
    expect(await bed.rows('select from sluice.swept')).toHaveLength(1);
  });
});

it("obeys the worker's retention; a shorter one of the goal's author changes nothing for anybody", async () => {
  const authors = Object.fromEntries(
    ['undo', 'runs', 'ledger', 'quarantine', 'artifacts', 'asks', 'calls', 'shadows'].map((key) => [
      key,
      '1ms',
    ]),
  );
  const ended = await bed.run(sqlGoal('drop table raw.t'));
  await aged(ended, 100);
  const swept = await bed.finish(
    await bed.propose({ goal: 'sweep', steps: [{ id: 'sweep', sweep: {} }] }, undefined, authors),
  );
  expect(swept.document.status).toBe('succeeded');
  await bed.show(ended);
  expect(await bed.aside()).toHaveLength(1);
  await bed.undo(ended);
  expect(await bed.rows('select count(*)::int as n from raw.t')).toEqual([{ n: 50 }]);
});

it('a rehearsed sweep sweeps nothing outside its shadow', async () => {
  const house = houseOf(
    bed.services,
    bed.bundle({ goal: 'g', steps: [{ id: 's', sweep: {} }] }, { runs: '7d' }),
    'run',
    true,
  );
  const nothing = { count: 0, bytes: 0, oldest: null };
  expect(await house.store(['runs', 'asks', 'artifacts'], true)).toEqual({
    ...{ runs: nothing, asks: nothing, artifacts: nothing },
  });
});

describe('what was sent', () => {
  const sent = { sweep: { only: ['lineage', 'notices'] } };
  const goal = { goal: 'sent', steps: [{ id: 's', ...sent }] };
  const events = async (): Promise<string[]> => {
    const all = bed.services.store.db.selectFrom('lineage_event').select('key').orderBy('id');
    return (await all.execute()).map(({ key }) => key).filter((key) => key.startsWith('t-'));
  };
  const notices = async (): Promise<string[]> => {
    const { rows } = await query<{ key: string }>`select key from notification order by id`;
    return rows.map(({ key }) => key);
  };
  const query = <R>(...args: Parameters<typeof sql>) => sql<R>(...args).execute(bed.services.store.db);
  beforeEach(async () => {
    await query`truncate notification, lineage_event`;
  });

  it('goes after its retention, or the oldest beyond the cap; what still has to go out stays, however old', async () => {
    const state = ['pending', 'delivered', 'delivered', 'pending', 'parked', 'off', 'delivered'];
    const days = [90, 89, 31, 80, 70, 60, 1];
    for (const [at, http] of state.entries()) {
      const file = at === 3 ? 'delivered' : at === 1 ? 'pending' : 'delivered';
      await query`insert into lineage_event (key, run_id, event, at, file_state, http_state) values (${`t-${at}`}, 'r',
        ${'x'.repeat(1000)}, now() - ${days[at]} * interval '1 day', ${file}, ${http})`;
    }
    const { document } = await bed.run(goal);
    expect(await events()).toEqual(['t-0', 't-1', 't-3', 't-4', 't-6']);
    expect(document.checks).toContainEqual(
      expect.objectContaining({
        name: 's: lineage',
        message: expect.stringMatching(/^swept 2 delivered lineage events, 2.0 kB/) as string,
      }),
    );
    // Only these: events of the run before are newer, and would fill the cap by themselves.
    await query`update lineage_event set file_state = 'delivered', http_state = 'delivered', at = now()
      where key like 't-%'`;
    await bed.run(goal, { lineageBytes: '3kB' });
    // Its own events, which are newer, still wait to be sent.
    expect(await events()).toEqual(['t-3', 't-4', 't-6']);
  });

  it('of notices, too: those that wait, and those of open runs, stay', async () => {
    const open = await bed.run(sqlGoal('update raw.t set name = upper(name)'), undefined, 'held');
    const made = async (
      key: string,
      runId: string,
      column: 'sent_at' | 'given_up_at' | undefined,
      days: number,
    ) => {
      await bed.services.store.notifications.add({
        ...{ key, notifier: 'n', event: 'failed', runId, goal: 'g', settings: {}, message: {} },
      });
      if (column)
        await query`update notification set ${sql.raw(column)} = now() - ${days} * interval '1 day' where key = ${key}`;
    };
    await made('waits', 'ended', undefined, 0);
    await made('sent', 'ended', 'sent_at', 31);
    await made('given up', 'ended', 'given_up_at', 31);
    await made('open', open.run.runId, 'sent_at', 31);
    await made('new', 'ended', 'sent_at', 1);
    await bed.run(goal);
    expect((await notices()).slice(0, 3)).toEqual(['waits', 'open', 'new']);
    await bed.run(goal, { noticesBytes: '0' });
    expect((await notices()).filter((key) => key === 'new')).toEqual([]);
  });
});
