import { parseSql, relationsIn } from '../../sql/parse';

test.each<[sql: string, reads: string[], writes?: string[]]>([
  ['select * from t', ['public.t']],
  ['select * from s.t, "Odd Name", s."x.y"', ['public.Odd Name', 's."x.y"', 's.t']],
  ['with a as (select * from t) select * from a', ['public.t']],
  ['with a as (select 1), b as (select * from a, t) select * from b, public.a', ['public.a', 'public.t']],
  ['with a as (select * from a) select * from a', ['public.a']],
  ['with recursive a as (select 1 union all select * from a) select * from a', []],
  ['select * from (with a as (select 1) select * from a) x, a', ['public.a']],
  [
    'select (select 1 from a) from b where exists (select from c) and d in (select e from f) order by (select 1 from g)',
    ['public.a', 'public.b', 'public.c', 'public.f', 'public.g'],
  ],
  [
    'select 1 from a union select 2 from b except (select 3 from c intersect select 4 from d)',
    ['public.a', 'public.b', 'public.c', 'public.d'],
  ],
  [
    'select * from a join b using (x) left join lateral (select * from c) d on true',
    ['public.a', 'public.b', 'public.c'],
  ],
  ['select * from generate_series(1, 2) g', []],
  ['insert into t select * from u', ['public.u'], ['public.t']],
  ['with a as (select * from u) insert into t select * from a', ['public.u'], ['public.t']],
  ['update t set a = u.a from u where exists (select from v)', ['public.u', 'public.v'], ['public.t']],
  ['delete from t using u', ['public.u'], ['public.t']],
  ['with a as (delete from w returning *) select * from a', [], ['public.w']],
  ['merge into t using u on true when matched then delete', ['public.u'], ['public.t']],
  ['create table t (a int references u, like v)', ['public.u', 'public.v'], ['public.t']],
  ['create table t as select * from u', ['public.u'], ['public.t']],
  ['select * into t from u', ['public.u'], ['public.t']],
  ['create view v as select * from t', ['public.t'], ['public.v']],
  ['alter table s.t add foreign key (a) references u', ['public.u'], ['s.t']],
  ['drop table a, s.b', [], ['public.a', 's.b']],
  ['create index on t (a)', [], ['public.t']],
  ['truncate a, b', [], ['public.a', 'public.b']],
  ['alter table t rename to u', [], ['public.t']],
])('%s', async (sql, reads, writes = []) => {
  const [statement] = await parseSql(sql);
  expect(relationsIn(statement!)).toMatchObject({ reads, writes });
});

test('functions and operators are named as they are written', async () => {
  const [statement] =
    await parseSql(`select lower(a) || app.tax(b), c operator(app.@@) d, current_timestamp(3), sum(x) over (order by rank())
    from unnest(z) where exists (select pg_catalog.now())`);
  expect(relationsIn(statement!)).toMatchObject({
    functions: ['app.tax', 'current_timestamp', 'lower', 'pg_catalog.now', 'rank', 'sum', 'unnest'],
    operators: ['app.@@', '||'],
  });
});
