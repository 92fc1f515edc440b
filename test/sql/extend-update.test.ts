import { extendUpdate } from '../../sql/extend-update';

const extended = async (text: string): Promise<string | undefined> =>
  (await extendUpdate(text, '(select 1 as k) o', 't.id = o.k and t.b = o.k'))?.replace(/\s+/g, ' ').trim();

test.each([
  ['update t set a = 1', 'update t set a = 1 from (select 1 as k) o where t.id = o.k and t.b = o.k'],
  [
    'update t set a = 1 where b or c',
    'update t set a = 1 from (select 1 as k) o where t.id = o.k and t.b = o.k and ( b or c )',
  ],
  [
    'update t set a = x.a from x, y where x.id = 1 -- where',
    'update t set a = x.a from (select 1 as k) o, x, y where t.id = o.k and t.b = o.k and ( x.id = 1 -- where )',
  ],
  [
    'update t set a = b is distinct from c',
    'update t set a = b is distinct from c from (select 1 as k) o where t.id = o.k and t.b = o.k',
  ],
  [
    'update t set a = t.from, b = (select 1 from u where v) from u where t.where',
    'update t set a = t.from, b = (select 1 from u where v) from (select 1 as k) o, u where t.id = o.k and t.b = o.k and ( t.where )',
  ],
  [
    `with w as (update_of as (select 1 as a from v where true) select * from update_of) update t set a = 1`,
    undefined,
  ],
  [
    `with w as (select 1 as a from v where true) update t "from" set a = 'from where' where "from".b`,
    `with w as (select 1 as a from v where true) update t "from" set a = 'from where' from (select 1 as k) o where t.id = o.k and t.b = o.k and ( "from".b )`,
  ],
])('a table and a condition are added to %s', async (text, expected) => {
  expect(await extended(text)).toBe(expected);
});

test('a WITH query called update does not mislead it: the right places, or none', async () => {
  const text = 'with update as (select 1 as set from v where true) update t set a = 1';
  const result = await extended(text);
  expect([undefined, `${text} from (select 1 as k) o where t.id = o.k and t.b = o.k`]).toContain(result);
});

test('what is no UPDATE is not extended', async () => {
  expect(await extended('delete from t where a')).toBeUndefined();
  expect(await extended('update t set a = 1; update t set a = 2')).toBeUndefined();
});
