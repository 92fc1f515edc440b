import { Bed, problemOf } from './bed';

let bed: Bed;
beforeAll(async () => {
  bed = await Bed.make('ingest_others');
});
afterAll(() => bed.close());
beforeEach(() => bed.reset());

const append = { from: { files: ['*.csv'] }, into: 'raw.customer', mode: 'append' };
const merge = { ...append, mode: 'merge', key: ['id'] };
const replace = { ...append, mode: 'replace' };
const CUSTOMER = 'create schema raw; create table raw.customer (id bigint primary key, name text)';
const TWO = 'id,name\n1,a\n2,b\n';

/** Loads two customers, lets others do something, and expects the undo to be refused with nothing changed. */
async function refusedAfter(setUp: string, others: string, input: unknown = append): Promise<string> {
  await bed.admin.query(setUp);
  await bed.files({ 'a.csv': TWO });
  const { change } = await bed.load(input);
  await bed.admin.query(others);
  const before = await bed.fingerprint();
  const problem = await problemOf(bed.undo(change));
  expect(problem.code).toBe('undo_refused');
  expect(await bed.fingerprint()).toEqual(before);
  return problem.message;
}

it('the undo of a load names every foreign key that would follow into rows written later, and how many', async () => {
  const message = await refusedAfter(
    `${CUSTOMER}; create table raw.ticket (id int, customer bigint references raw.customer on delete cascade);
     create table raw.visit (id int, customer bigint references raw.customer on delete set null)`,
    'insert into raw.ticket values (10, 1), (11, 1); insert into raw.visit values (20, 2)',
  );
  expect(message).toContain('2 rows of raw.ticket (foreign key ticket_customer_fkey, ON DELETE CASCADE)');
  expect(message).toContain('1 row of raw.visit (foreign key visit_customer_fkey, ON DELETE SET NULL)');
});

it.each([
  ['cascade', 'on delete cascade'],
  ['set null', 'on delete set null'],
  ['set default', 'default 0 references raw.customer on delete set default'],
  ['no action', 'on delete no action'],
  ['no action at the end of the transaction', 'on delete no action deferrable initially deferred'],
  ['restrict', 'on delete restrict'],
])('is refused over a row that others let refer to a loaded one: %s', async (_name, action) => {
  const reference = action.includes('references') ? action : `references raw.customer ${action}`;
  const message = await refusedAfter(
    `${CUSTOMER}; insert into raw.customer values (0, 'nobody'); create table raw.child (customer bigint ${reference})`,
    'insert into raw.child values (2)',
  );
  expect(message).toContain('child_customer_fkey');
});

it('is refused over a foreign key that was made after the load', async () => {
  const message = await refusedAfter(
    CUSTOMER,
    `create table raw.late (customer bigint constraint late_fk references raw.customer on delete cascade);
     insert into raw.late values (1)`,
  );
  expect(message).toContain('1 row of raw.late (foreign key late_fk');
});

it('is refused over a key of several columns that refers to a unique constraint', async () => {
  const message = await refusedAfter(
    `create schema raw; create table raw.customer (id bigint, name text, unique (name, id));
     create table raw.child (who text, customer bigint, foreign key (who, customer) references raw.customer (name, id) on delete cascade)`,
    `insert into raw.child values ('b', 2)`,
  );
  expect(message).toContain('1 row of raw.child (foreign key child_who_customer_fkey');
});

it('is refused over a row of others in the same table that refers to a loaded one, and not over the load’s own', async () => {
  await bed.admin.query(
    `create schema raw; create table raw.customer (id bigint primary key, name text, boss bigint references raw.customer on delete cascade)`,
  );
  await bed.files({ 'a.csv': 'id,name,boss\n1,a,\n2,b,1\n' });
  const { change } = await bed.load(append);
  await bed.admin.query(`insert into raw.customer values (9, 'mine', 2)`);
  const problem = await problemOf(bed.undo(change));
  expect(problem).toMatchObject({ code: 'undo_refused' });
  expect(problem.message).toContain('1 row of raw.customer (foreign key customer_boss_fkey');
  expect(await bed.rows('select id::int from raw.customer order by 1')).toEqual([
    { id: 1 },
    { id: 2 },
    { id: 9 },
  ]);
  await bed.admin.query('delete from raw.customer where id = 9');
  await bed.undo(change);
  expect(await bed.rows('select id::int from raw.customer')).toEqual([]);
});

it('is refused over rows of a partitioned table that refer to a row in a partition', async () => {
  const message = await refusedAfter(
    `create schema raw; create table raw.customer (id bigint primary key, name text) partition by range (id);
     create table raw.low partition of raw.customer for values from (0) to (2);
     create table raw.high partition of raw.customer for values from (2) to (9);
     create table raw.child (at int, customer bigint references raw.customer on delete cascade) partition by range (at);
     create table raw.child_1 partition of raw.child for values from (0) to (9);
     create table raw.of_high (customer bigint references raw.high on delete set null)`,
    'insert into raw.child values (1, 2), (2, 1); insert into raw.of_high values (2)',
  );
  expect(message).toContain('2 rows of raw.child (foreign key child_customer_fkey, ON DELETE CASCADE)');
  expect(message).toContain('1 row of raw.of_high (foreign key of_high_customer_fkey, ON DELETE SET NULL)');
});

it('is done where rows of others refer to other rows only', async () => {
  await bed.admin.query(`${CUSTOMER}; insert into raw.customer values (7, 'old');
    create table raw.ticket (customer bigint references raw.customer on delete cascade on update cascade)`);
  await bed.files({ 'a.csv': TWO });
  const { change } = await bed.load(append);
  await bed.admin.query('insert into raw.ticket values (7), (null)');
  await bed.undo(change);
  expect(await bed.rows('select count(*)::int as n from raw.ticket')).toEqual([{ n: 2 }]);
  expect(await bed.rows('select id::int from raw.customer')).toEqual([{ id: 7 }]);
});

it('a child that is being written while the undo looks is waited for and counted', async () => {
  await bed.admin.query(
    `${CUSTOMER}; create table raw.ticket (customer bigint references raw.customer on delete cascade)`,
  );
  await bed.files({ 'a.csv': TWO });
  const { change } = await bed.load(append);
  await bed.admin.query('begin; insert into raw.ticket values (1)');
  const undone = problemOf(bed.undo(change));
  const waits = `select from pg_locks where not granted and relation = 'raw.customer'::regclass and mode = 'ExclusiveLock'`;
  while ((await bed.admin.query(waits)).rowCount === 0);
  await bed.admin.query('commit');
  expect((await undone).message).toContain('1 row of raw.ticket');
  expect(await bed.rows('select customer::int from raw.ticket')).toEqual([{ customer: 1 }]);
});

describe('a merge', () => {
  const CODED = `create schema raw; create table raw.customer (id bigint primary key, name text unique);
    insert into raw.customer values (1, 'old');
    create table raw.child (who text references raw.customer (name) on update cascade)`;

  it('is refused when it would change a key that rows of others refer to, and changes nothing', async () => {
    await bed.admin.query(`${CODED}; insert into raw.child values ('old')`);
    await bed.files({ 'a.csv': TWO });
    const change = await bed.propose(merge);
    const before = await bed.fingerprint();
    const problem = await problemOf(bed.apply(change));
    expect(problem.code).toBe('target_mismatch');
    expect(problem.message).toContain('1 row of raw.child (foreign key child_who_fkey, ON UPDATE CASCADE)');
    expect(await bed.fingerprint()).toEqual(before);
  });

  it('says at the plan which keys that others refer to it may not change', async () => {
    await bed.admin.query(CODED);
    await bed.files({ 'a.csv': TWO });
    expect((await bed.propose(merge)).findings).toContainEqual(
      expect.objectContaining({
        rule: 'key_may_change',
        message: expect.stringContaining('child_who_fkey') as string,
      }),
    );
  });

  it('is merged where the keys that others refer to stay as they are', async () => {
    await bed.admin.query(`${CODED}; insert into raw.child values ('old')`);
    await bed.files({ 'a.csv': 'id,name\n1,old\n2,b\n' });
    const { rows } = await bed.load(merge);
    expect(rows).toMatchObject({ inserted: 1, updated: 0 });
  });

  it('is not taken back when rows of others refer to a key that it gave', async () => {
    const message = await refusedAfter(CODED, `insert into raw.child values ('a')`, merge);
    expect(message).toContain('1 row of raw.child (foreign key child_who_fkey, ON UPDATE CASCADE)');
  });
});

describe('a replacement', () => {
  it('is refused when it is proposed, with the foreign key and how many rows refer', async () => {
    await bed.admin.query(`${CUSTOMER}; insert into raw.customer values (5, 'old');
      create table raw.child (customer bigint references raw.customer); insert into raw.child values (5), (5), (null)`);
    await bed.files({ 'a.csv': TWO });
    const problem = await problemOf(bed.propose(replace));
    expect(problem).toMatchObject({ code: 'target_mismatch', place: 'raw.customer' });
    expect(problem.message).toContain(
      '2 rows of raw.child (foreign key child_customer_fkey, ON DELETE NO ACTION)',
    );
  });

  it('is refused by a foreign key that was made after it was proposed', async () => {
    await bed.admin.query(`${CUSTOMER}; insert into raw.customer values (5, 'old')`);
    await bed.files({ 'a.csv': TWO });
    const change = await bed.propose(replace);
    await bed.admin.query(
      `create table raw.child (customer bigint references raw.customer on delete cascade); insert into raw.child values (5)`,
    );
    const problem = await problemOf(bed.apply(change));
    expect(problem.code).toBe('target_mismatch');
    expect(problem.message).toContain('1 row of raw.child (foreign key child_customer_fkey');
    expect(await bed.rows('select id::int from raw.customer')).toEqual([{ id: 5 }]);
  });

  it('is not taken back when rows of others refer to its rows', async () => {
    await bed.admin.query(`${CUSTOMER}; insert into raw.customer values (5, 'old')`);
    const message = await refusedAfter(
      'select 1',
      `create table raw.child (customer bigint references raw.customer on delete cascade); insert into raw.child values (1)`,
      replace,
    );
    expect(message).toContain('1 row of raw.child');
  });
});

it('a table with rules, which turn statements into others, is not loaded into', async () => {
  await bed.admin.query(`${CUSTOMER}; create table raw.child (customer bigint);
    create rule along as on delete to raw.customer do also delete from raw.child where customer = old.id`);
  await bed.files({ 'a.csv': TWO });
  const problem = await problemOf(bed.propose(append));
  expect(problem).toMatchObject({ code: 'target_mismatch', place: 'raw.customer' });
  expect(problem.message).toContain('The rule along of raw.customer');
});

describe('the triggers of a loaded table', () => {
  const STAMP = `create function raw.stamp() returns trigger language plpgsql as 'begin new.name := new.name || ''!''; return new; end';
    create trigger stamp before update or insert on raw.customer for each row execute function raw.stamp()`;

  it('do not fire at the undo: rows come back as they were', async () => {
    await bed.admin.query(`${CUSTOMER}; insert into raw.customer values (1, 'old'); ${STAMP};
      alter table raw.customer enable always trigger stamp`);
    const before = await bed.fingerprint();
    await bed.files({ 'a.csv': TWO });
    const { change } = await bed.load(merge);
    await bed.undo(change);
    expect(await bed.fingerprint()).toEqual(before);
  });

  it('that delete rows of others when rows go do not do so at the undo', async () => {
    await bed.admin.query(`${CUSTOMER}; create table raw.child (customer bigint);
      create function raw.along() returns trigger language plpgsql as 'begin delete from raw.child where customer = old.id; return old; end';
      create trigger along after delete on raw.customer for each row execute function raw.along()`);
    await bed.files({ 'a.csv': TWO });
    const { change } = await bed.load(append);
    await bed.admin.query('insert into raw.child values (1)');
    await bed.undo(change);
    expect(await bed.rows('select customer::int from raw.child')).toEqual([{ customer: 1 }]);
  });
});
