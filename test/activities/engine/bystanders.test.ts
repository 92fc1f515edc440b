import { model } from '../../../capabilities/model';
import { sql } from '../../../capabilities/sql';
import { failure, Workbench } from '../../capabilities/model/workbench';

/** Rows of others, whichever kind of step would reach them: the engine refuses, and everything is as it was. */

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open('bystanders');
});
afterAll(() => bench.close());
beforeEach(async () => {
  await bench.reset();
  await bench.run(`create schema raw; create schema marts; create table raw.t (k int primary key, v text);
    insert into raw.t values (1, 'a'), (2, 'b')`);
});

const M = { name: 'marts.m', sql: 'select k, v from raw.t' };
const LATE = `create table raw.late (k int constraint late_fk references marts.m (k) on delete cascade); insert into raw.late values (1)`;

it('the undo of a refresh is refused over rows that refer to the model’s by now', async () => {
  await bench.build(model, M);
  await bench.run('create unique index on marts.m (k); insert into raw.t values (3)');
  const change = await bench.build(model, M);
  await bench.run(LATE);
  const before = await bench.everything();
  expect(await failure(bench.undo(model, change))).toMatchObject({
    code: 'undo_refused',
    message: expect.stringContaining('1 row of raw.late (foreign key late_fk, ON DELETE CASCADE)') as string,
  });
  expect(await bench.everything()).toEqual(before);
});

it('a refresh is refused by a foreign key that was made after it was proposed', async () => {
  await bench.build(model, M);
  await bench.run('create unique index on marts.m (k); insert into raw.t values (3)');
  const change = await bench.propose(model, M);
  await bench.run(LATE);
  const before = await bench.everything();
  expect(await failure(bench.apply(model, change))).toMatchObject({
    code: 'target_mismatch',
    message: expect.stringContaining('1 row of raw.late (foreign key late_fk, ON DELETE CASCADE)') as string,
  });
  expect(await bench.everything()).toEqual(before);
});

it.each([
  ['an UPDATE', 'update raw.t set k = 7 where k = 1', 'on update set null on delete set null', 7],
  ['an INSERT', "insert into raw.t values (7, 'z')", 'on delete cascade', 7],
  ['a DELETE and INSERT', "delete from raw.t; insert into raw.t values (7, 'z')", 'on delete set null', 7],
])('the undo of %s is refused over rows that refer to what it left', async (_name, statements, action, k) => {
  const change = await bench.build(sql, { statements });
  await bench.run(
    `create table raw.late (k int references raw.t ${action}); insert into raw.late values (${k}), (${k})`,
  );
  const before = await bench.everything();
  expect(await failure(bench.undo(sql, change))).toMatchObject({
    code: 'undo_refused',
    message: expect.stringContaining('2 rows of raw.late (foreign key late_k_fkey)') as string,
  });
  expect(await bench.everything()).toEqual(before);
});
