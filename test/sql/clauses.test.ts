import { checkExpression, rowsQuery, splitAlterTable, typeChange } from '../../sql/clauses';

test('an ALTER TABLE is split at the commas between its actions only', async () => {
  const text = `alter table if exists only "a,b".t /* c, d */ add column x numeric(3,2) default f(1, 2), drop y,
    add constraint z check (a in (1, 2) and b[1] = any(array[1, 2])) -- e, f`;
  expect(await splitAlterTable(text)).toEqual([
    'alter table if exists only "a,b".t add column x numeric(3,2) default f(1, 2)',
    'alter table if exists only "a,b".t drop y',
    'alter table if exists only "a,b".t add constraint z check (a in (1, 2) and b[1] = any(array[1, 2])) -- e, f',
  ]);
  expect(await splitAlterTable('alter table a.b.c * drop d')).toEqual(['alter table a.b.c * drop d']);
});

test.each([
  [
    'alter table t alter column type type varchar(3) collate "C" using substr(a, 1, 3)',
    { type: 'varchar(3)', collation: '"C"', using: 'substr(a, 1, 3)' },
  ],
  ['alter table t alter using set data type int[]', { type: 'int[]' }],
  ['alter table t alter c type s."T"', { type: 's."T"' }],
  [
    'alter table t alter c type int using (case when true then 1 end)',
    { type: 'int', using: '(case when true then 1 end)' },
  ],
])('the parts of %s', async (text, parts) => {
  expect(await typeChange(text)).toEqual(expect.objectContaining(parts));
});

test.each([
  [
    'update t as x set a = 1, b = (select 1 from q) from u, v where x.a = u.a',
    'update',
    'select 1 from t as x, u, v where x.a = u.a',
  ],
  [
    'update t set a = b is distinct from c where d is distinct from e',
    'update',
    'select 1 from t where d is distinct from e',
  ],
  ['with q as (select 1) update t set a = 1 from q', 'update', 'with q as (select 1) select 1 from t, q'],
  ['delete from t', 'delete', 'select 1 from t'],
  [
    'with q as (select 1 where true) delete from only t using u where t.a = u.a',
    'delete',
    'with q as (select 1 where true) select 1 from only t, u where t.a = u.a',
  ],
  ['insert into t (a, b) values (1, 2), (2, 3) on conflict do nothing', 'insert', 'values (1, 2), (2, 3)'],
  [
    'insert into t select * from a join b on a.x = b.x on conflict (x) do nothing',
    'insert',
    'select * from a join b on a.x = b.x',
  ],
  ['with q as (select 1) insert into t table q', 'insert', 'with q as (select 1) table q'],
  ['insert into t (select 1)', 'insert', '(select 1)'],
  [
    'insert into t (a) overriding system value with q as (select 1) select * from q',
    'insert',
    'with q as (select 1) select * from q',
  ],
  ['insert into t default values', 'insert', undefined],
] as const)('the rows of %s', async (text, kind, query) => {
  expect(await rowsQuery(text, kind)).toBe(query);
});

test.each([
  [
    'alter table t add constraint check_c check ((a) > 0 and b in (1, 2)) not valid',
    '(a) > 0 and b in (1, 2)',
  ],
  ["alter table t add check (a <> ')')", "a <> ')'"],
  ['alter table t add unique (a)', undefined],
])('the condition of %s', async (text, expression) => {
  expect(await checkExpression(text)).toBe(expression);
});
