import fc from 'fast-check';
import { isAlwaysTrue } from '../../sql/always';
import { parseSql } from '../../sql/parse';
import { child } from '../../sql/walk';

async function unbounded(where: string): Promise<boolean> {
  const [statement] = await parseSql(`delete from shop.orders${where === '' ? '' : ` where ${where}`}`);
  return isAlwaysTrue(child(statement!.node, 'whereClause'), 'shop.orders');
}

const TAUTOLOGIES = [
  '',
  'true',
  '1 = 1',
  "'a' <> 'b'",
  'not false',
  'id = id',
  'id <= id',
  'id is not distinct from id',
  'not (id <> id)',
  'id is null or id is not null',
  'id = 1 or id <> 1',
  'id = 1 or not (id = 1)',
  'total >= 5 or total < 5',
  'status = 1 or 1 = 1',
  "status = 1 or now() > now() - interval '1 day'",
  'true and (id = id)',
  '(id = 1) is not true or id = 1 or true',
  'length(name) >= 0',
  'abs(total) > -1',
  '0 <= char_length(name)',
  "name like '%'",
  "name ilike '%%'",
  'id in (1, 2, id)',
  'id between id and id',
  'ctid is not null',
  'exists (select 1 from shop.customers)',
  'exists (select 1 from shop.customers c where c.country = 1)',
  'id in (select id from shop.orders)',
  '(select count(*) from shop.customers c) >= 0',
  'case when id = 1 then true else true end',
  'coalesce(id = id, true)',
  'random() >= 0',
  "now() > '2000-01-01'",
];

it.each(TAUTOLOGIES)('%j says nothing about a row', async (where) => {
  expect(await unbounded(where)).toBe(true);
});

const CONDITIONS = [
  'id = 1',
  "status = 'cancelled'",
  'id = 1 and true',
  'id = 1 or false',
  'created_at < now()',
  'customer_id is null',
  'cancelled_at is not null',
  'email <> lower(email)',
  'id = 1 or status = 2',
  'id in (select order_id from shop.refunds)',
  'exists (select 1 from shop.refunds r where r.order_id = orders.id)',
  'not exists (select 1 from shop.refunds where order_id = id)',
  'length(name) > 0',
  "name like 'a%'",
  'total between 1 and 2',
  'id = 1 or id = 2',
];

it.each(CONDITIONS)('%j chooses rows', async (where) => {
  expect(await unbounded(where)).toBe(false);
});

it('what says nothing still says nothing when it is joined by AND, negated twice, or joined by OR with anything', async () => {
  const tautology = fc.constantFrom(...TAUTOLOGIES.filter((each) => each !== ''));
  const condition = fc.constantFrom(...CONDITIONS);
  await fc.assert(
    fc.asyncProperty(tautology, tautology, condition, async (a, b, c) => {
      expect(await unbounded(`(${a}) and (${b})`)).toBe(true);
      expect(await unbounded(`not (not (${a}))`)).toBe(true);
      expect(await unbounded(`(${c}) or (${a})`)).toBe(true);
      expect(await unbounded(`(${c}) and (${a})`)).toBe(false);
    }),
    { numRuns: 150 },
  );
});
