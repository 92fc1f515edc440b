import { unjoinedIn } from '../../sql/cartesian';
import { parseSql } from '../../sql/parse';

async function parts(sql: string): Promise<string[][]> {
  const [statement] = await parseSql(sql);
  return unjoinedIn(statement!).flatMap((each) => each.parts.map((part) => [...part].sort()));
}

it.each([
  ['a comma', 'select 1 from a, b'],
  ['a cross join', 'select 1 from a cross join b'],
  ['a join on something that is always so', 'select 1 from a join b on 1 = 1'],
  ['a join on true', 'select 1 from a join b on true'],
  ['a join on one side alone', 'select 1 from a join b on a.x = a.y'],
  ['a join on a constant of each side', 'select 1 from a join b on a.x = 1 and b.y = 2'],
  ['a third that nothing connects', 'select 1 from a join b on a.id = b.id cross join c'],
  ['a comma inside a WITH', 'with x as (select 1 from a, b) select * from x'],
  ['a comma in an arm of a UNION', 'select 1 union all select 1 from a, b'],
  ['a comma in a subquery', 'select (select count(*) from a, b)'],
  ['an update from a table without a condition', 'update a set x = b.x from b where a.y = 1'],
  ['a delete using a table without a condition', 'delete from a using b where b.y = 1'],
  ['aliases', 'select 1 from t as a, t as b where a.x = 1'],
])('%s falls apart', async (_what, sql) => {
  expect((await parts(sql)).length).toBeGreaterThan(1);
});

it.each([
  ['a join', 'select 1 from a join b on a.id = b.id'],
  ['USING', 'select 1 from a join b using (id)'],
  ['a natural join', 'select 1 from a natural join b'],
  ['a comma with its condition in WHERE', 'select 1 from a, b where a.id = b.id'],
  ['columns that do not say whose they are', 'select 1 from a, b where x = y'],
  ['a chain', 'select 1 from a join b on a.x = b.x join c on b.y = c.y'],
  ['a range', 'select 1 from a join b on a.at >= b.since and a.at < b.until'],
  ['an OR that names both', 'select 1 from a join b on (a.x = b.x or a.y = b.y)'],
  ['a cross join with one row', 'select 1 from a cross join (select max(x) as x from b) m'],
  ['two totals side by side', 'select 1 from (select count(*) as n from a) x, (select sum(n) as n from b) y'],
  ['a lateral subquery', 'select 1 from a cross join lateral (select 1 from b where b.x = a.x) y'],
  ['a function of the row', 'select 1 from a, unnest(a.list) as u'],
  ['one table', 'select 1 from a'],
])('%s hangs together', async (_what, sql) => {
  expect(await parts(sql)).toEqual([]);
});
