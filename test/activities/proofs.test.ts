import type { Problem } from '../../schemas/errors';
import type { Proposal } from '../../schemas/run';
import { LifeBed, problemOf } from '../retention/life-bed';

jest.setTimeout(120_000);

let bed: LifeBed;
beforeAll(async () => {
  bed = await LifeBed.make('proofs');
  await bed.asWriter(`create schema p; grant usage on schema p to sluice_reader;
    alter default privileges in schema p grant select on tables to sluice_reader;`);
});
afterAll(() => bed.close());
afterEach(() =>
  bed.asWriter(`drop schema p cascade; create schema p; grant usage on schema p to sluice_reader;
    alter default privileges in schema p grant select on tables to sluice_reader;`),
);

const goal = (...statements: string[]): object => ({
  goal: 'g',
  steps: statements.map((text, index) => ({ id: `s${index + 1}`, sql: { statements: text } })),
});
const planned = (...statements: string[]): ReturnType<LifeBed['plan']> => bed.plan(goal(...statements));
const refused = (...statements: string[]): Promise<Problem> => problemOf(planned(...statements));
const proposed = async (...statements: string[]): Promise<Proposal> =>
  (await planned(...statements)).proposal;

/** Plans, applies and undoes: what was proven is what happens. */
async function held(...statements: string[]): Promise<Proposal> {
  const before = await bed.picture();
  const plan = await planned(...statements);
  expect(plan.proposal.rehearsal).toMatchObject({ status: 'proven', undoProven: true });
  expect(plan.proposal.changes.flatMap(({ lossy }) => lossy)).toEqual([]);
  const run = await bed.finish(plan);
  await bed.undo(run);
  expect(await bed.picture()).toEqual(before);
  return plan.proposal;
}

describe('the rows that a statement touches', () => {
  it('are in the sample, however rare they are', async () => {
    await bed.asWriter(`create table p.t (id int primary key, a text);
      insert into p.t select n, case when n = 77777 then 'rare' else 'x' end from generate_series(1, 100000) n; analyze p.t`);
    const { rehearsal } = await held(`update p.t set a = 'seen' where a = 'rare'`);
    expect(rehearsal.covers).toContainEqual(expect.stringMatching(/^p\.t: \d+ rows$/));
    // Without the row, an undo that cannot bring it back is not found out.
    const rows = await proposed(`delete from p.t t using (values (77777)) v (id) where t.id = v.id`);
    expect(rows.rehearsal.undoProven).toBe(true);
  });

  it('are found without a key, and come once', async () => {
    await bed.asWriter(`create table p.t (a int, b text);
      insert into p.t select n % 50, 'x' from generate_series(1, 5000) n; analyze p.t`);
    await held(`update p.t set b = 'y' where a = 7`, `create table p.u (a int)`);
  });

  it('are those that a MERGE finds, and any of a table that is emptied', async () => {
    await bed.asWriter(`create table p.t (id int primary key, a text);
      insert into p.t select n, 'x' from generate_series(1, 5000) n; analyze p.t`);
    await held(
      `merge into p.t as t using (values (4999, 'y'), (9999, 'z')) v (id, a) on t.id = v.id and case when v.a = 'y' then true else false end
         when matched then update set a = v.a when not matched then insert values (v.id, v.a)`,
      'truncate p.t',
    );
  });

  it('may be none: an empty table and a predicate that selects nothing have been seen whole', async () => {
    await bed.asWriter(`create table p.t (id int primary key, a int)`);
    const { rehearsal } = await held(`delete from p.t where id = 1`, `alter table p.t drop column a`);
    expect(rehearsal.covers).toContain('p.t: all 0 rows');
    await bed.asWriter(`insert into p.t select n, n from generate_series(1, 3000) n`);
    await held(`delete from p.t where id = -1`);
  });

  it('that cannot be copied are not proven, and named', async () => {
    await bed.asWriter(`create table p.t (id int primary key, a int); insert into p.t values (-1, 1);
      alter table p.t add check (id > 0) not valid`);
    const plan = await planned(`alter table p.t drop column a`);
    expect(plan.proposal.rehearsal).toMatchObject({ status: 'unproven', undoProven: false });
    expect(plan.proposal.changes[0]!.lossy).toEqual([
      'the rehearsal could not prove that undo brings everything back: it did not see rows of p.t, which could not be copied',
    ]);
  });

  it('that an earlier step makes are those that it made', async () => {
    await bed.asWriter(
      `create table p.t (id int primary key); insert into p.t select generate_series(1, 2000)`,
    );
    await held(
      `alter table p.t add column b int; update p.t set b = 1 where id = 1999`,
      `delete from p.t where b = 1`,
    );
  });
});

describe('the rows that refer to what a statement touches', () => {
  it('refuse it before anyone is asked, as they would live', async () => {
    await bed.asWriter(`create table p.parent (id int primary key);
      create table p.child (id int primary key, parent int references p.parent);
      insert into p.parent select generate_series(1, 5000); insert into p.child values (1, 4321); analyze`);
    expect(await refused('delete from p.parent where id between 4000 and 4999')).toMatchObject({
      message: expect.stringContaining('child') as string,
    });
    expect(await refused('update p.parent set id = -id where id = 4321')).toMatchObject({
      message: expect.stringContaining('child') as string,
    });
    await held('delete from p.parent where id = 1');
  });

  it('come along through composite keys, tables that refer to themselves, and circles', async () => {
    await bed.asWriter(`create table p.node (a int, b text, up_a int, up_b text, primary key (a, b),
        foreign key (up_a, up_b) references p.node);
      insert into p.node select n, 'x', nullif(n / 2, 0), case when n > 1 then 'x' end from generate_series(1, 4000) n;
      create table p.head (id int primary key, first int); create table p.item (id int primary key, head int references p.head);
      alter table p.head add foreign key (first) references p.item deferrable initially deferred;
      begin; insert into p.head select n, n from generate_series(1, 2000) n;
      insert into p.item select n, n from generate_series(1, 2000) n; commit; analyze`);
    await held('delete from p.node where a = 3999');
    expect((await refused('delete from p.node where a = 1')).message).toMatch(/p\.node|node/);
    await held('update p.head set first = null where id = 1777; delete from p.item where id = 1777');
  });
});

describe('a foreign key over more than the sample', () => {
  const scene = `create table p.parent (id int primary key, x int unique);
    create table p.child (id int primary key, parent int);
    insert into p.parent select n, -n from generate_series(1, 20000) n;
    insert into p.child select n, 20001 - n from generate_series(1, 20000) n; analyze`;

  it('is added: the parents of the sampled children come along', async () => {
    await bed.asWriter(scene);
    await held('alter table p.child add constraint f foreign key (parent) references p.parent (id)');
    await held('alter table p.child add foreign key (parent) references p.parent not valid');
  });

  it('is refused by name and number where live rows do not meet it', async () => {
    await bed.asWriter(`${scene}; update p.child set parent = 99999 where id in (5, 15000)`);
    expect(
      (await refused('alter table p.child add foreign key (parent) references p.parent')).message,
    ).toMatch(/2 rows of p\.child refer by parent to nothing in p\.parent/);
  });

  it('does not stop rows that refer to parents outside of the sample', async () => {
    await bed.asWriter(`${scene}; alter table p.child add foreign key (parent) references p.parent`);
    await held('insert into p.child select n, n - 20000 from generate_series(30001, 30500) n');
    await held('update p.child set parent = 20001 - parent where id between 9000 and 9100');
    expect((await refused('insert into p.child values (90000, 99999)')).message).toMatch(/foreign key/);
  });
});

describe('what is not equal in the shadow', () => {
  it('unproves only what can come near it', async () => {
    await bed.asWriter(
      `create table p.far (id int primary key); create table p.near (id int primary key, a int)`,
    );
    await bed.rows(
      `create function p.powerful() returns trigger language plpgsql security definer as 'begin return new; end'`,
    );
    await bed.rows(`create trigger t before insert on p.near for each row execute function p.powerful()`);
    await held('alter table p.far add column b int');
    const { changes } = await proposed('alter table p.near add column b int');
    expect(changes[0]!.lossy).toEqual([
      expect.stringContaining('p.powerful() is not in the shadow: acts with'),
    ]);
  });

  it('is not an extension that the writing role installed', async () => {
    await bed.asWriter('create extension citext schema p');
    try {
      await bed.asWriter('create table p.t (id int primary key, a p.citext)');
      await held(`insert into p.t values (1, 'A')`, 'alter table p.t add column b int');
    } finally {
      await bed.asWriter('drop extension citext cascade');
    }
  });
});

test('a step that says that it cannot be undone is rehearsed, asks two people, and is not undone, nor is anything of its run', async () => {
  await bed.asWriter('create table p.t (id int primary key); insert into p.t values (2), (1)');
  const plan = await bed.plan({
    goal: 'g',
    steps: [
      { id: 'add', sql: { statements: 'alter table p.t add column b int' } },
      { id: 'order', needs: ['add'], sql: { statements: 'cluster p.t using t_pkey', irreversible: true } },
    ],
  });
  const [gate] = plan.proposal.gates;
  expect(gate).toMatchObject({ approvers: 2, confirm: ['p.t'] });
  expect(plan.proposal.rehearsal).toMatchObject({ status: 'unproven', undoProven: false });
  const [add, order] = plan.proposal.changes;
  expect(order!.lossy).toEqual(['this step says itself that it cannot be undone: CLUSTER']);
  expect(add!.lossy).toEqual([
    expect.stringContaining('step "order" of this run says itself that it cannot be undone'),
  ]);
  const run = await bed.finish(plan);
  const after = await bed.picture();
  expect(await problemOf(bed.undo(run))).toMatchObject({
    code: 'undo_refused',
    message: expect.stringContaining(
      'Step "order" (CLUSTER, which cannot be undone) cannot be undone',
    ) as string,
  });
  expect(await bed.picture()).toEqual(after);
  const fails = bed.plan({
    goal: 'g',
    steps: [{ id: 'order', sql: { statements: 'cluster p.t using nothing_there', irreversible: true } }],
  });
  expect((await problemOf(fails)).message).toContain('index "nothing_there" for table "t" does not exist');
});

test('views and materialized views over a column whose type changes are locked, rehearsed and brought back with it', async () => {
  await bed.asWriter(`create table p.t (id int primary key, a int); insert into p.t values (1, 5);
    create view p.v as select a * 2 as b from p.t; create materialized view p.m as select sum(b) from p.v`);
  await bed.asWriter('grant select on p.v to public');
  const before = await bed.picture();
  const plan = await planned('alter table p.t alter column a type bigint');
  expect(plan.proposal.rehearsal).toMatchObject({ status: 'proven', undoProven: true });
  expect(plan.proposal.changes[0]!.lossy).toEqual([expect.stringContaining('the rows of p.m')]);
  // `proven`: structure, owners and rights of the views came back, too.
  await bed.undo(await bed.finish(plan));
  expect(await bed.picture()).toEqual(before);
});
