import { lookAtRows } from '../../../capabilities/sql/look/live-rows';
import { recognise } from '../../../capabilities/sql/recognise';
import { parseSql } from '../../../sql/parse';
import { toSluiceError } from '../../../warehouses/postgres/errors';
import { PgSession } from '../../../warehouses/postgres/session';
import { openBench, problemOf, type Bench } from './harness';

jest.setTimeout(60_000);

let bench: Bench;
beforeAll(async () => {
  bench = await openBench(
    'sql_live_rows',
    `create schema live;
     create table live.part (id int, at int, a int, b text) partition by range (at);
     create table live.part_1 partition of live.part for values from (0) to (10);
     create table live.part_2 partition of live.part for values from (10) to (20);
     insert into live.part values (1, 1, 1, 'A'), (1, 1, -1, 'a'), (2, 11, null, null);
     create table live.above (a int); create table live.below () inherits (live.above);
     insert into live.below values (null), (7);
     create table live.parent (id int, kind text, unique (id, kind)); insert into live.parent values (7, 'x');
     create table live.heir () inherits (live.parent); insert into live.heir values (8, 'y');
     create table live.child (id int, parent int, kind text); insert into live.child values (1, 8, 'y'), (2, 7, null);
     create table live.serials (id int primary key);
     create table live.old (a int, n int); insert into live.old values (1, -1), (2, 1), (3, null);
     alter table live.old add constraint positive check (n > 0) not valid`,
  );
});
afterAll(() => bench?.close());

const says = async (statement: string): Promise<string> =>
  (await problemOf(bench.propose(statement))).message;
const told = async (statement: string): Promise<string[]> =>
  (await bench.propose(statement)).findings
    .filter(({ rule }) => rule.startsWith('rows_'))
    .map(({ rule, message }) => `${rule}: ${message}`);

describe('the rows that a new condition would meet', () => {
  test.each([
    ['alter table live.part alter column a set not null', /1 row of live.part hold NULL in a/],
    ['alter table live.part add check (a > 0)', /1 row of live.part do not meet the check/],
    ['alter table live.part add unique (id, at)', /2 rows of live.part share a value of id, at/],
    ['alter table live.part add column c int not null', /3 rows of live.part would hold NULL in c/],
    [
      `create unique index on live.part (lower(b), at)`,
      /2 rows of live.part share a value of lower\(b\), at/,
    ],
    ['create unique index on live.part (at) where id = 1', /2 rows of live.part share a value of at/],
    [
      'alter table live.part add foreign key (id) references live.serials',
      /3 rows of live.part refer by id to nothing/,
    ],
  ])('are those of all partitions: %s', async (statement, message) => {
    expect(await says(statement)).toMatch(message);
  });

  test('to which a foreign key refers are those of the table alone, not of what inherits from it', async () => {
    expect(
      await says('alter table live.child add foreign key (parent, kind) references live.parent (id, kind)'),
    ).toMatch(/1 row of live.child refer by parent, kind to nothing in live.parent/);
  });

  test('are all or none NULL for MATCH FULL', async () => {
    const statement =
      'alter table live.child add foreign key (id, kind) references live.parent (id, kind) match full';
    expect(await told(`delete from live.child where false; ${statement}`)).toEqual([
      expect.stringContaining('1 row of live.child refer by id, kind to nothing in live.parent'),
      expect.stringContaining('1 row of live.child hold NULL in some but not all of id, kind (MATCH FULL)'),
    ]);
  });

  test('are looked up for a constraint that is validated', async () => {
    expect(await says('alter table live.old validate constraint positive')).toMatch(
      /1 row of live.old do not meet the check/,
    );
  });

  test('that an earlier statement may put right are told, and refuse nothing', async () => {
    expect(
      await told('update live.old set n = 1; alter table live.old validate constraint positive'),
    ).toEqual([
      'rows_in_the_way: As it is now 1 row of live.old do not meet the check: the statement fails unless statement 1 puts all of them right.',
    ]);
  });
});

describe('rows that are not looked at are told of', () => {
  test.each([
    [
      'alter table live.old add exclude (n with =)',
      /of live.old exclude each other was not looked up on all rows/,
    ],
    [
      'create unique index on live.part (b collate "C", at)',
      /share a value of b, at with another was not looked up/,
    ],
  ])('%s', async (statement, message) => {
    expect(await told(statement)).toEqual([expect.stringMatching(message)]);
  });

  test.each([
    [
      "set local statement_timeout = '200ms'",
      /do not meet the check was not looked up on all rows: it took too long/,
    ],
    [
      'set local role pg_monitor',
      /was not looked up on all rows: the role that looks may not read all that it needs/,
    ],
  ])('where the server gives no answer: %s', async (setting, message) => {
    const text = 'alter table live.old add check (live.slow(a))';
    const [action] = await recognise((await parseSql(text))[0]!);
    await bench.admin.query(`create or replace function live.slow(int) returns boolean language plpgsql as
      'begin perform pg_sleep(1); return true; end'; begin; ${setting}`);
    try {
      const session = new PgSession(bench.admin, { explain: (error) => toSluiceError(error, WHERE) });
      const found = await lookAtRows(action!, session);
      expect(found.map((each) => each.message)).toEqual([expect.stringMatching(message)]);
    } finally {
      await bench.admin.query('rollback');
    }
  });
});

const WHERE = { host: 'test', port: 0, database: 'test', user: 'test' };
