import { asWriter, openBench, problemOf, type Bench, type Picture } from './harness';
import { SHOP } from './shop';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench('sql_undo_kept');
});
beforeEach(async () => {
  await bench.admin.query('drop schema if exists shop, attic, other cascade');
  await asWriter(bench.database, SHOP);
});
afterAll(() => bench?.close());

/** What others may do meanwhile without standing in the way: it stays. */
const KEPT: [name: string, statements: string, others: string][] = [
  [
    'rows beside an update',
    "update shop.queue set what = 'z' where place = 1",
    "insert into shop.queue values (9, 'mine'); update shop.queue set what = 'mine' where place = 2",
  ],
  [
    'rows beside an insert',
    "insert into shop.queue values (8, 'new')",
    "insert into shop.queue values (9, 'mine'); delete from shop.queue where place = 1",
  ],
  [
    'rows beside a delete',
    'delete from shop.queue where place = 1',
    "insert into shop.queue values (9, 'mine')",
  ],
  [
    'rows in a table with a new column',
    'alter table shop.queue add column c int',
    "insert into shop.queue values (9, 'mine')",
  ],
  [
    'rows in a table with a new constant default',
    'alter table shop.queue add column c int default 5',
    "insert into shop.queue values (9, 'mine')",
  ],
  [
    'rows in a table with a wider type',
    'alter table shop.queue alter column place type bigint',
    "insert into shop.queue values (9, 'mine')",
  ],
  [
    'rows in a table with a new index',
    'create index i on shop.queue (what)',
    "insert into shop.queue values (9, 'mine')",
  ],
  [
    'rows in a renamed table',
    'alter table shop.queue rename to line_up',
    "insert into shop.line_up values (9, 'mine')",
  ],
  [
    'other columns of rows under a dropped one',
    'alter table shop.orders drop column channel',
    'update shop.orders set amount = 7 where id = 1; delete from shop.line; delete from shop.orders where id = 4',
  ],
  ['a moved table', 'update shop.log set n = 5', 'vacuum full shop.log'],
  [
    'rows that were only locked',
    "update shop.queue set what = 'z'",
    'begin; select * from shop.queue for update; commit',
  ],
  [
    'a table that was written anew',
    "insert into shop.queue values (9, 'new')",
    'alter table shop.queue alter column place type bigint; alter table shop.queue alter column place type integer',
  ],
];

test.each(KEPT)('undo keeps %s', async (_name, statements, others) => {
  const fresh = await bench.picture();
  const { change, applied } = await bench.run(statements);
  for (const each of others.split(';')) await bench.admin.query(each);
  const rows = (picture: Picture): string => JSON.stringify(picture.rows);
  await bench.undo(change, applied);
  const after = await bench.picture();
  expect(after.structure).toEqual(fresh.structure);
  if (others.includes('mine')) {
    expect(rows(after)).toContain('(9,mine');
    expect(
      Object.values(after.rows)
        .flat()
        .filter((row) => row.startsWith('(8,') || row.endsWith(',z)')),
    ).toEqual([]);
  } else if (others.includes('amount = 7')) {
    expect(after.rows['shop.orders']!.filter((row) => row.startsWith('(web,1,'))).toEqual([
      expect.stringContaining(',7,1,first'),
    ]);
    expect(after.rows['shop.orders']).toHaveLength(fresh.rows['shop.orders']!.length - 1);
  } else {
    expect(rows(after)).toBe(rows(fresh));
  }
});

test('a sequence that somebody drew from since stays where it is', async () => {
  const { change, applied } = await bench.run("insert into shop.customer (email) values ('n@x')");
  await bench.admin.query("select nextval('shop.customer_id_seq')");
  await bench.undo(change, applied);
  const { rows } = await bench.admin.query('select last_value::int as last from shop.customer_id_seq');
  expect(rows[0].last).toBe(120);
});

test('an undo that fails half-way leaves nothing of it, the sequence included', async () => {
  const { change, applied } = await bench.run(
    "insert into shop.customer (email) values ('n@x'); update shop.queue set what = 'z'",
  );
  await bench.admin.query("update shop.queue set what = 'mine' where place = 1");
  const before = await bench.picture();
  expect((await problemOf(bench.undo(change, applied))).code).toBe('undo_refused');
  expect(await bench.picture()).toEqual(before);
});

test('a failing statement leaves nothing of those before it', async () => {
  const before = await bench.picture();
  const proposed = await bench.propose(
    'update shop.queue set what = null; alter table shop.queue alter column what set not null',
  );
  const problem = await problemOf(
    bench.apply({ ...proposed, id: 'x', step: 's', kind: 'sql', fingerprints: {} }),
  );
  expect(problem.message).toMatch(/contains null values/);
  expect(await bench.picture()).toEqual(before);
});
