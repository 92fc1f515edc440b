import { SERVER_MAJOR } from '../../support/postgres';
import { leftAside, openBench, problemOf, type Bench } from './harness';

/** By range, below it by list, by hash; a default; keys, indexes, a trigger, a view, foreign keys both ways, an heir. */
const PARTS = `
  create schema part;
  create table part.kind (code text primary key, label text);
  insert into part.kind values ('a', 'A'), ('b', 'B'), ('c', 'C');
  create table part.event (
    id integer not null, at date not null, kind text references part.kind, v text default 'd', n integer generated always as (id * 2) stored,
    constraint event_v check (v <> ''), primary key (id, at)
  ) partition by range (at);
  create table part.event_01 partition of part.event for values from ('2024-01-01') to ('2024-02-01');
  create table part.event_02 (at date not null, id integer not null, v text default 'e', kind text, n integer generated always as (id * 2) stored, constraint event_v check (v <> ''));
  alter table part.event attach partition part.event_02 for values from ('2024-02-01') to ('2024-03-01');
  create table part.event_03 partition of part.event for values from ('2024-03-01') to ('2024-04-01') partition by list (id);
  create table part.event_03_a partition of part.event_03 for values in (4);
  create table part.event_03_rest partition of part.event_03 default;
  create table part.event_rest partition of part.event default;
  create index event_v on part.event (v);
  create index event_01_own on part.event_01 (n);
  comment on table part.event_01 is 'the first';
  comment on column part.event_01.v is 'its own words';
  grant select on part.event_02 to sluice_reader;
  alter table part.event_01 alter column v set default 'january';
  insert into part.event (id, at, kind, v) values
    (1, '2024-01-05', 'a', 'x'), (2, '2024-01-06', 'b', 'y'), (3, '2024-02-05', 'a', 'x'), (4, '2024-03-05', 'a', 'z'),
    (5, '2024-03-06', 'b', null), (6, '2030-01-01', 'c', 'far'), (7, '2024-02-06', null, 'y');
  create view part.recent as select id, v from part.event where at > '2024-01-31';
  create table part.note (id integer, event integer, at date, foreign key (event, at) references part.event (id, at));
  insert into part.note values (1, 1, '2024-01-05');

  create table part.spread (id integer, what text) partition by hash (id);
  create table part.spread_0 partition of part.spread for values with (modulus 2, remainder 0);
  create table part.spread_1 partition of part.spread for values with (modulus 2, remainder 1);
  insert into part.spread select g, 'w' || g % 2 from generate_series(1, 6) g;
  insert into part.spread values (1, 'w1');

  create table part.base (id integer, x text); create table part.heir (y integer) inherits (part.base);
  insert into part.base values (1, 'b'); insert into part.heir values (2, 'h', 5);

  create table part.parent (id integer primary key, up integer references part.parent, s serial, name text);
  create table part.child (id integer primary key, parent integer references part.parent);
  insert into part.parent (id, up, name) values (1, null, 'a'), (2, 1, 'b'), (3, 2, 'c'); insert into part.child values (1, 1), (2, 2);
`;

let bench: Bench;
let broken = false;
beforeAll(async () => {
  bench = await openBench('sql_partitions', PARTS);
});
afterAll(() => bench?.close());

async function comesBack(statements: string): Promise<string[]> {
  if (broken) {
    await bench.close();
    bench = await openBench('sql_partitions', PARTS);
  }
  broken = true;
  const before = await bench.picture();
  const { change, applied } = await bench.run(statements);
  expect(await bench.picture()).not.toEqual(before);
  await bench.undo(change, applied);
  expect(await bench.picture()).toEqual(before);
  expect(await leftAside(bench.admin)).toEqual([]);
  broken = false;
  return change.lossy;
}

/** Each is taken back exactly: structure, rows and in which partition they are, sequences. */
const ROWS: [name: string, statements: string][] = [
  [
    'insert into several partitions',
    "insert into part.event (id, at, kind) values (10, '2024-01-09', 'a'), (11, '2024-03-09', 'a'), (12, '2031-01-01', 'b')",
  ],
  [
    'insert on conflict',
    "insert into part.event (id, at, v) values (1, '2024-01-05', 'new'), (13, '2024-02-20', 'more') on conflict (id, at) do update set v = excluded.v",
  ],
  ['update', "update part.event set v = upper(v) where at < '2024-03-01'"],
  ['update that moves rows to other partitions', 'update part.event set at = at + 31 where id in (2, 3, 4)'],
  [
    'update that moves rows within a partition that has partitions',
    'update part.event set id = id + 10 where id in (3, 4, 5)',
  ],
  ['update from', 'update part.event e set v = k.label from part.kind k where k.code = e.kind and id > 1'],
  ['update of a partition by its own name', "update part.event_01 set v = 'q' where id = 2"],
  ['delete', 'delete from part.event where id <> 1'],
  ['delete using', "delete from part.event e using part.kind k where k.code = e.kind and k.label = 'B'"],
  ['delete from a partition that has partitions', 'delete from part.event_03'],
  ['rows of equal content in partitions without a key', "update part.spread set what = 'z' where id = 1"],
  ['rows that move between hash partitions', 'update part.spread set id = id + 1'],
  ['delete one of two equal rows', 'delete from part.spread where id = 1'],
  ['insert equal rows', "insert into part.spread values (2, 'w0'), (2, 'w0')"],
  ['truncate a partitioned table', 'truncate part.spread'],
  ['truncate a partition', 'truncate part.spread_0'],
  [
    'truncate several that refer to each other, and restart their numbers',
    'truncate part.child, part.parent restart identity',
  ],
  [
    'merge that inserts, updates and deletes',
    "merge into part.event e using (values (2, date '2024-01-06', 'm'), (3, '2024-02-05', null), (40, '2024-03-30', 'n')) s (id, at, v) on e.id = s.id and e.at = s.at when matched and s.v is null then delete when matched then update set v = s.v when not matched then insert (id, at, kind, v) values (s.id, s.at, 'a', s.v)",
  ],
  [
    'merge that moves rows',
    "merge into part.event e using part.kind k on k.code = e.kind and k.code = 'b' when matched then update set at = at - 31",
  ],
  [
    'merge into an ordinary table',
    "merge into part.parent p using (values (3, 'x'), (9, 'y')) s (id, name) on p.id = s.id when matched then update set name = s.name when not matched then insert (id, name) values (s.id, s.name)",
  ],
  [
    'merge that deletes and inserts a row of the same key',
    "merge into part.parent p using (values (3, 0), (3, 1)) s (id, flag) on p.id = s.id and s.flag = 0 when matched then delete when not matched then insert (id, name) values (s.id, 'again')",
  ],
  ['update only the parent of an heir', "update only part.base set x = 'only'"],
  ['insert into the parent of an heir', "insert into part.base values (7, 'more')"],
  ['update an heir', "update part.heir set x = 'h2', y = 6"],
  ['delete from an heir', 'delete from part.heir'],
  ['truncate only', 'truncate only part.base'],
];

const since = (first: number, list: typeof ROWS, names: RegExp): typeof ROWS =>
  list.filter(([name]) => SERVER_MAJOR >= first || !names.test(name));

test.each(since(18, ROWS, /^merge|^insert on conflict$/))('rows come back: %s', async (_name, statements) => {
  expect(await comesBack(statements)).toEqual([]);
});

const STRUCTURE: [name: string, statements: string][] = [
  [
    'create a partitioned table with partitions',
    "create table part.t (id int, at date, primary key (id, at)) partition by range (at); create table part.t1 partition of part.t for values from ('2024-01-01') to ('2025-01-01'); create table part.t2 partition of part.t default partition by hash (id)",
  ],
  [
    'create a partition by range',
    "create table part.event_04 partition of part.event for values from ('2024-04-01') to ('2024-05-01')",
  ],
  [
    'create a partition with partitions',
    "drop table part.event_rest; create table part.event_05 partition of part.event for values from ('2024-05-01') to ('2024-06-01') partition by list (id)",
  ],
  ['create a table that inherits', 'create table part.heir2 (z int) inherits (part.base)'],
  [
    'create a table that is attached, and filled',
    "create table part.event_06 (like part.event including defaults including constraints including generated); insert into part.event_06 (id, at) values (60, '2024-06-06'); alter table part.event attach partition part.event_06 for values from ('2024-06-01') to ('2024-07-01'); update part.event set v = 'q' where id = 60",
  ],
  ['detach a partition', 'alter table part.event detach partition part.event_02'],
  [
    'detach a partition, and attach it with other bounds',
    "alter table part.event detach partition part.event_02; alter table part.event attach partition part.event_02 for values from ('2024-02-01') to ('2024-02-15')",
  ],
  ['detach a partition that has partitions', 'alter table part.event detach partition part.event_03'],
  ['detach the default', 'alter table part.event detach partition part.event_rest'],
  ['drop a partition', 'drop table part.event_02'],
  ['drop a partition that has partitions', 'drop table part.event_03'],
  ['drop a partitioned table', 'drop table part.spread'],
  [
    'drop a partitioned table with everything',
    'drop view part.recent; drop table part.note; drop table part.event',
  ],
  ['drop an heir', 'drop table part.heir'],
  [
    'drop the default, and make a partition in its place',
    "drop table part.event_rest; create table part.event_later partition of part.event for values from ('2030-01-01') to ('2031-01-01')",
  ],
  ['add a column', 'alter table part.event add column w integer'],
  [
    'add a column with a default and a check',
    "alter table part.event add column w text not null default 'w' check (w <> '')",
  ],
  ['add a serial column', 'alter table part.spread add column s serial'],
  ['add an identity column', 'alter table part.spread add column s integer generated always as identity'],
  ['add a column to an heir', 'alter table part.heir add column z integer default 3'],
  ['rename a column', 'alter table part.event rename column kind to sort'],
  [
    'rename a partitioned table, and a partition',
    'alter table part.event rename to happening; alter table part.event_01 rename to january',
  ],
  ['rename a constraint', 'alter table part.event rename constraint event_v to v_filled'],
  [
    'set a default, which partitions have of their own',
    "alter table part.event alter column v set default 'z'",
  ],
  ['set the default of a partition', "alter table part.event_02 alter column v set default 'z'"],
  [
    'set not null',
    "update part.event set v = '-' where v is null; alter table part.event alter column v set not null",
  ],
  [
    'set not null where a partition has it',
    "update part.event set v = '-' where v is null; alter table part.event_01 alter column v set not null; alter table part.event alter column v set not null",
  ],
  [
    'drop not null',
    'alter table part.spread alter column id set not null; alter table part.spread alter column id drop not null; alter table part.spread add column k int',
  ],
  ['add a check', 'alter table part.event add constraint young check (id < 1000)'],
  ['drop a check', 'alter table part.event drop constraint event_v'],
  [
    'add a key',
    'alter table part.spread add column k integer generated always as identity; alter table part.spread add primary key (id, k)',
  ],
  ['drop a key', 'drop table part.note; alter table part.event drop constraint event_pkey'],
  [
    'add a foreign key',
    'update part.spread set what = null; alter table part.spread add foreign key (what) references part.kind',
  ],
  ['drop a foreign key', 'alter table part.event drop constraint event_kind_fkey'],
  [
    'a foreign key to a partitioned table',
    'alter table part.note drop constraint note_event_at_fkey; alter table part.note add constraint again foreign key (event, at) references part.event',
  ],
  ['create an index', 'create index on part.event (kind)'],
  ['create an index that takes one of a partition over', 'create index event_n on part.event (n)'],
  ['create an index of a partition', 'create index on part.event_02 (kind)'],
  ['drop an index', 'drop index part.event_v'],
  ['drop an index of a partition', 'drop index part.event_01_own'],
  ['rename an index', 'alter index part.event_v rename to by_v'],
];

test.each(since(17, STRUCTURE, /identity|^add a key$/))(
  'structure comes back: %s',
  async (_name, statements) => {
    expect(await comesBack(statements)).toEqual([]);
  },
);

test.each([
  [
    "update part.base set x = 'u'",
    /part.heir inherits from part.base and would be changed along/,
    /ONLY part.base/,
  ],
  ['truncate part.base', /part.heir inherits from part.base/, /ONLY part.base/],
  ['truncate part.event', /foreign keys refer to it \(.* of part.note\)/, /TRUNCATE part.event, part.note/],
  ['truncate part.parent', /foreign keys refer to it/, /TRUNCATE part.parent, part.child/],
])('says what is the matter, and what to write instead: %s', async (statement, says, next) => {
  const problem = await problemOf(bench.propose(statement));
  expect(problem.message).toMatch(says);
  expect(problem.next).toMatch(next);
});

test('TRUNCATE … CASCADE and a WITH that writes are refused with what to write instead', async () => {
  expect(await problemOf(bench.propose('truncate part.parent cascade'))).toMatchObject({
    code: 'statement_refused',
    next: 'Name every table that refers to it: TRUNCATE a, b.',
  });
  const problem = await problemOf(
    bench.propose(
      'with gone as (delete from part.child returning *) insert into part.note (id) select id from gone',
    ),
  );
  expect(problem.message).toMatch(/DELETE within WITH is refused: the rows that it changes cannot be kept/);
  expect(problem.next).toMatch(/a statement of its own/);
});

test('an undo refuses when a row that it left was changed since, whichever partition it is in now', async () => {
  const { change, applied } = await bench.run("update part.event set v = 'mine' where id = 2");
  await bench.admin.query('update part.event set at = at + 31 where id = 2');
  const problem = await problemOf(bench.undo(change, applied));
  expect(problem).toMatchObject({ code: 'undo_refused' });
  expect(problem.message).toMatch(/rows of part.event that it left were changed or deleted since/);
  await bench.admin.query('update part.event set at = at - 31 where id = 2');
  await bench.undo(change, applied);
});

test('an undo refuses when a deleted row would find its key taken in another partition', async () => {
  const { change, applied } = await bench.run('delete from part.parent where id = 3');
  await bench.admin.query('insert into part.parent (id) values (3)');
  expect((await problemOf(bench.undo(change, applied))).code).toBe('undo_refused');
  await bench.admin.query('delete from part.parent where id = 3');
  await bench.undo(change, applied);
});
