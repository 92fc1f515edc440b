import { Uncertain } from '../../../lineage/columns/scope';
import { lineageBed, shown, type LineageBed } from './bed';
import { QUERIES, UNCERTAIN, WHOLE_ROW } from './queries';

let bed: LineageBed;
beforeAll(async () => {
  bed = await lineageBed();
});
afterAll(() => bed.close());

it.each(QUERIES)('uses the columns that a view of it depends on: %s', async (sql) => {
  const lineage = await bed.lineage(sql);
  const server = await bed.server(sql);
  expect([...lineage.touched].sort()).toEqual(server.columns);
  const names = lineage.columns.map(({ name }) => name);
  expect(names).toEqual(server.names);
});

it.each(WHOLE_ROW)('counts a whole row as all of its columns: %s', async (sql) => {
  const { touched } = await bed.lineage(sql);
  expect([...touched].sort()).toEqual(['a', 'b', 'c', 'id'].map((column) => `public.t\0${column}`));
});

it.each(UNCERTAIN)('says nothing rather than something wrong: %s', async (sql) => {
  await bed.server(sql);
  await expect(bed.lineage(sql)).rejects.toBeInstanceOf(Uncertain);
});

it.each<[string, Record<string, string>]>([
  [
    `with o as (select id, a + b as k from t where c > 0)
     select o.id, sum(u.d) as total from o join u using (id) group by o.id order by total`,
    {
      id: 't.id IDENTITY',
      total: 'u.d AGGREGATION',
      '*': 't.c FILTER, t.id GROUP_BY+JOIN, u.d SORT, u.id JOIN',
    },
  ],
  [
    'select case when a > 0 then b end as k, count(*) over (partition by c) as n from t',
    { k: 't.a CONDITIONAL, t.b TRANSFORMATION', n: 't.c WINDOW', '*': '' },
  ],
  ['select a from t union all select d + 1 from u', { a: 't.a IDENTITY, u.d TRANSFORMATION', '*': '' }],
  [
    'select distinct a, b from t',
    { a: 't.a IDENTITY', b: 't.b IDENTITY', '*': 't.a GROUP_BY, t.b GROUP_BY' },
  ],
  [
    'select (select max(d) from u where u.id = t.id) as m from t',
    { m: 't.id FILTER, u.d AGGREGATION, u.id FILTER', '*': '' },
  ],
  [
    'with recursive r(n, m) as (select id, a from t union all select m, n from r) select n from r',
    { n: 't.a IDENTITY, t.id IDENTITY', '*': '' },
  ],
])('says how each column comes about: %s', async (sql, expected) => {
  expect(shown(await bed.lineage(sql))).toEqual(expected);
});
