import { VIRTUAL } from '../../support/postgres';
import { asWriter, openBench, type Bench } from './harness';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench('sql_loads');
});
beforeEach(async () => {
  await asWriter(
    bench.database,
    `drop table if exists public.flight;
     delete from sluice.load_xid; delete from sluice.load; delete from sluice.change;
     create table public.flight (day text, id integer primary key, carrier varchar(9), seats integer, miles integer generated always as (seats * 2) ${VIRTUAL});
     create table if not exists public.plain (day text, id integer, carrier varchar(9), seats integer);
     truncate public.plain;
     insert into public.flight values ('old', 1, 'own', 5); insert into public.plain values ('old', 1, 'own', 5)`,
  );
  for (const [load, rows] of [
    ['first', "('a', 2, 'UA', 10), ('a', 3, 'AA', 20)"],
    ['second', "('b', 4, 'DL', 30)"],
  ] as const) {
    await asWriter(
      bench.database,
      `begin;
       insert into sluice.change (change_id, run_id, goal, step, kind, state) values ('${load}', 'r', 'g', 's', 'ingest', 'applied'), ('${load}-plain', 'r', 'g', 's', 'ingest', 'applied');
       insert into sluice.load (load_id, goal, step, relation, mode, rows_read, rows_inserted, rows_updated, rows_deleted, rows_quarantined)
         values ('${load}', 'g', 's', 'public.flight', 'append', 0, 0, 0, 0, 0), ('${load}-plain', 'g', 's', 'public.plain', 'append', 0, 0, 0, 0, 0);
       insert into public.flight values ${rows}; insert into public.plain values ${rows}; commit`,
    );
  }
});
afterAll(() => bench?.close());

/** Ids of rows by the load that their transaction belongs to. */
async function rowsOfLoads(table: string): Promise<Record<string, number[]>> {
  const { rows } = await bench.admin.query<{ load: string; ids: number[] }>(
    `select coalesce(l.load_id, 'nobody') as load, array_agg(t.id order by t.id) as ids from ${table} t left join (
       select load_id, xid::xid as xid from sluice.load where relation = $1 union select x.load_id, x.xid from sluice.load_xid x join sluice.load using (load_id) where relation = $1
     ) l on l.xid = t.xmin group by 1`,
    [table],
  );
  return Object.fromEntries(rows.map(({ load, ids }) => [load.replace('-plain', ''), ids]));
}

describe.each(['public.flight', 'public.plain'])(
  'rows of %s still belong to their loads after the undo of',
  (table) => {
    test.each([
      ['an update', `update ${table} set seats = seats + 1`],
      ['an update of some', `update ${table} set seats = 0 where id in (1, 2)`],
      ['an update of keys', `update ${table} set id = id - 1`],
      ['a delete', `delete from ${table}`],
      ['a dropped column', `alter table ${table} drop column day`],
      ['a dropped last column', `alter table ${table} drop column carrier`],
      ['a changed type', `alter table ${table} alter column day type integer using length(day)`],
      ['a changed type of the key', `alter table ${table} alter column id type text using 'x' || id`],
      ['a wider integer', `alter table ${table} alter column id type bigint`],
      ['a wider text', `alter table ${table} alter column carrier type text`],
      ['a new column', `alter table ${table} add column c text default 'x'`],
      [
        'a new column with computed values',
        `alter table ${table} add column c uuid default gen_random_uuid()`,
      ],
      ['a new identity', `alter table ${table} add column c integer generated always as identity`],
      ['a new serial', `alter table ${table} add column c serial`],
      [
        'a column before a stored one',
        `alter table ${table} add column c integer generated always as (seats) stored; alter table ${table} drop column day`,
      ],
      [
        'several of them',
        `update ${table} set day = 'x'; alter table ${table} drop column carrier; alter table ${table} alter column id type bigint; delete from ${table} where id = 2`,
      ],
    ])('%s', async (_name, statements) => {
      const before = await rowsOfLoads(table);
      expect(before).toEqual({ first: [2, 3], second: [4], nobody: [1] });
      const picture = await bench.picture();
      const { change, applied } = await bench.run(statements);
      expect(change.lossy).toEqual([]);
      expect(await bench.picture()).not.toEqual(picture);
      await bench.undo(change, applied);
      expect(await bench.picture()).toEqual(picture);
      expect(await rowsOfLoads(table)).toEqual(before);
    });
  },
);
