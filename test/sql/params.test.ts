import fc from 'fast-check';
import { type SluiceError } from '../../schemas/errors';
import { bindParams, parseSql } from '../../sql/parse';
import { shapeOf } from '../../sql/walk';

const bound = async (sql: string, params: Record<string, string | number | boolean>): Promise<string> =>
  (await bindParams(sql, params)).text.replace(/ +/g, ' ').trim();

test.each([
  ['select :a', { a: 'x' }, "select ('x')"],
  ['select :a::date', { a: '2024-01-01' }, "select ('2024-01-01') ::date"],
  [
    'select :n, :big, :f, :b',
    { n: 5, big: 5e9, f: 1.5, b: true },
    "select ('5'::integer) , ('5000000000'::bigint) , ('1.5'::numeric) , ('true'::boolean)",
  ],
  ['select 1 - :n', { n: -5 }, "select 1 - ('-5'::integer)"],
  ['select * from :"s".:"t"', { s: 'a', t: 'b"c' }, 'select * from "a" . "b""c"'],
  ['select :"c" from t', { c: 'Order' }, 'select "Order" from t'],
  ['select :start_date', { 'start-date': 'x' }, "select ('x')"],
  ['select :date, :table', { date: 'x', table: 'y' }, "select ('x') , ('y')"],
])('binds %s', async (sql, params, expected) => {
  expect(await bound(sql, params)).toBe(expected);
});

test.each([
  "select ':a'",
  'select ":a" from t',
  "select E'\\':a'",
  'select $$ :a $$, $x$:a$x$',
  'select 1 -- :a',
  'select /* :a /* :a */ */ 1',
  'select 1::int',
  'select f(a := 1, b => 2)',
  'select x[1 : 2]',
])('leaves %s alone', async (sql) => {
  expect((await bindParams(sql, { a: 'x', int: 'x' })).text).toBe(sql);
});

test.each<[sql: string, params: Record<string, string | number>, says: RegExp, place: string]>([
  ['select 1,\n :nope', { a: 1, b: 2 }, /"nope" is not declared/, '2:2'],
  ['select arr[1:n]', {}, /"n" is not declared/, '1:13'],
  ['select :constructor', {}, /"constructor" is not declared/, '1:8'],
  ['select :a', { a: 'x\0y' }, /NUL/, '1:8'],
  ['select :a', { a: '\ud800' }, /surrogate/, '1:8'],
  ['select :a', { a: Infinity }, /finite/, '1:8'],
  ['select * from :"a"', { a: '' }, /identifier/, '1:15'],
  ['select * from :"a"', { a: 'x'.repeat(64) }, /63 bytes/, '1:15'],
  ['select * from :"a"', { a: 5 }, /must be a string/, '1:15'],
  ["select 'open :a", { a: 1 }, /unterminated/, '1:8'],
])('refuses %s', async (sql, params, says, place) => {
  const error = (await bindParams(sql, params).catch((cause: unknown) => cause)) as SluiceError;
  expect(error.problem).toMatchObject({ code: 'invalid_sql', place });
  expect(error.message).toMatch(says);
});

test('a mistake after a parameter is shown where the person wrote it', async () => {
  const sql = await bindParams('select :a,\n  :b, frm x y', {
    a: 'one\ntwo\nthree',
    b: 'much longer than its name',
  });
  const error = (await parseSql(sql).catch((cause: unknown) => cause)) as SluiceError;
  expect(error.problem.place).toBe('2:13');
});

/** Statements with a parameter in every place where one makes sense, some with something right before or after it. */
const TEMPLATES = [
  'select :v',
  'select :v, 1 from t where a = :v and b like :v escape :v',
  "select 'x' || :v || 'y' from t limit :v",
  'select :v::text, -:v, a-:v, a::int+:v',
  'select a from t where a in (:v, :v) or a between :v and :v',
  'insert into t values (:v, (:v), array[:v], row(:v))',
  'update t set a = :v where b = :v',
  'delete from t where a = :v -- :v',
  "create view w as select :v as a, ':v' as b",
  'create table t (a text default :v check (a <> :v))',
  'alter table t alter column a set default :v',
  'select f(:v, x => :v), case when :v then :v else :v end',
  "select e:v, E :v, u&:v, x'0' = :v, b:v",
  'select :v:v'.replace(':v:v', ':v, :v'),
];

const IDENTIFIERS = [
  'select :"v" from :"v"',
  'select t.:"v" as :"v" from s.:"v" t',
  'create table :"v" (:"v" int)',
  'alter table :"v".:"v" rename to :"v"',
  'select u&:"v" from t',
];

const VALUES = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }).filter((text) => !/\0|\p{Surrogate}/u.test(text)),
  fc.constantFrom(
    "'",
    "''",
    '\\',
    "\\'",
    "'; drop table t; --",
    '--',
    '/*',
    '*/',
    '$$',
    "E'",
    "\\\\'",
    '"',
    ';',
    ':v',
    '\n',
    "'\n'",
    'null',
    "' || pg_sleep(9) || '",
  ),
  fc
    .array(fc.constantFrom("'", '\\', '"', '$', '-', '*', '/', ';', ':', '\n', 'a', ' '), { maxLength: 12 })
    .map((parts) => parts.join('')),
);

async function shape(sql: string, value: string | number | boolean): Promise<unknown> {
  const statements = await parseSql(await bindParams(sql, { v: value })).catch((error: unknown) => [
    String((error as SluiceError).code),
  ]);
  return blind(
    shapeOf(statements.map((each) => (typeof each === 'string' ? each : { [each.kind]: each.node }))),
  );
}

/** The shape with every string of a constant or a name replaced: only they may differ. */
function blind(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(blind);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, below]) => {
      const free =
        ['sval', 'relname', 'schemaname', 'colname', 'newname', 'name', 'fval', 'ival', 'boolval'].includes(
          key,
        ) && typeof below !== 'object';
      return [key, free ? '?' : blind(below)];
    }),
  );
}

test.each(TEMPLATES)('no text as value can change what %s means', async (template) => {
  const plain = await shape(template, 'plain');
  await fc.assert(
    fc.asyncProperty(VALUES, async (value) => {
      expect(await shape(template, value)).toEqual(plain);
    }),
    { numRuns: 60 },
  );
});

test.each(IDENTIFIERS)('no text as identifier can change what %s means', async (template) => {
  const plain = await shape(template, 'plain');
  await fc.assert(
    fc.asyncProperty(
      VALUES.filter((value) => value !== '' && Buffer.byteLength(value) <= 63),
      async (value) => {
        expect(await shape(template, value)).toEqual(plain);
      },
    ),
    { numRuns: 60 },
  );
});

test('no number can change what a statement means', async () => {
  const template = 'select a-:v, :v-1, -:v, f(:v) from t limit :v';
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger(), fc.integer()),
      async (value) => {
        const type = Number.isSafeInteger(value) ? (Math.abs(value) <= 0x7fffffff ? 1 : 5e9) : 1.5;
        expect(await shape(template, value)).toEqual(await shape(template, type));
      },
    ),
    { numRuns: 200 },
  );
});

test('the value that arrives is the value that was given', async () => {
  await fc.assert(
    fc.asyncProperty(VALUES, async (value) => {
      const [statement] = await parseSql(await bindParams('select :v', { v: value }));
      expect(JSON.stringify(statement!.node)).toContain(`"sval":${JSON.stringify(value)}`);
    }),
    { numRuns: 300 },
  );
});
