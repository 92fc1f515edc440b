import { SluiceError } from '../../schemas/errors';
import { parseSingleSelect, parseSql, sqlText } from '../../sql/parse';

async function problem(work: Promise<unknown>): Promise<SluiceError['problem']> {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof SluiceError)) throw new Error('it did not fail as it should', { cause: error });
  return error.problem;
}

describe('parseSql', () => {
  const long = 'n'.repeat(64);
  test.each([
    [`alter table t add column ${long} int`, '1:26'],
    [`create table ${long} (a int)`, '1:14'],
    [`create schema "${'ü'.repeat(32)}"`, '1:15'],
    [`alter table t rename a to ${long}`, '1:27'],
    [`create index ${long} on t (a)`, '1:14'],
    [`alter table t add constraint ${long} check (a > 0)`, '1:30'],
    [`select 1 as "${long}"`, '1:13'],
    [`with ${long} as (select 1) select 1`, '1:6'],
    [`select 1 as U&"${'\\00fc'.repeat(32)}"`, '1:13'],
  ])('refuses a name that PostgreSQL would cut off: %s', async (text, place) => {
    const found = await problem(parseSql(text));
    expect(found).toMatchObject({ code: 'invalid_sql', place });
    expect(found.message).toMatch(/has 64 bytes; PostgreSQL cuts names off after 63/);
  });

  test('takes names of 63 bytes, long strings and long comments', async () => {
    const text = `select '${long}' as ${'n'.repeat(63)}, "${'ü'.repeat(31)}" /* ${long} */ from t -- ${long}`;
    expect(await parseSql(text)).toHaveLength(1);
  });

  test('gives every statement with its kind, text and place', async () => {
    const statements = await parseSql(
      '/* é */ select 1;\n\n  -- 😀\n  create table t (a int) ;; drop table t',
    );
    expect(statements.map(({ kind, text, place }) => [kind, text, place])).toEqual([
      ['SelectStmt', 'select 1', '1:9'],
      ['CreateStmt', 'create table t (a int)', '4:3'],
      ['DropStmt', 'drop table t', '4:29'],
    ]);
  });

  test.each(['', '  ', '-- only a comment', '/* and */ ; ;'])('gives nothing for %j', async (text) => {
    expect(await parseSql(text)).toEqual([]);
  });

  test.each([
    ['select 1 frm x y', '1:14', /syntax error at or near "x"/],
    ["select 'é😀' x y", '1:15', /near "y"/],
    ['select 1;\nselect 2;\n  selec 3', '3:3', /near "selec"/],
    ["select 'open", '1:8', /unterminated quoted string/],
    ['select "open', '1:8', /unterminated quoted identifier/],
    ['select /* open', '1:8', /unterminated \/\* comment/],
    ['select $$open', '1:8', /unterminated dollar-quoted/],
    ['select (1', '1:10', /end of input/],
  ])('says where %j stops making sense', async (text, place, says) => {
    const found = await problem(parseSql(text));
    expect(found).toMatchObject({ code: 'invalid_sql', place });
    expect(found.message).toMatch(says);
  });

  test('puts the file before the place', async () => {
    expect((await problem(parseSql(sqlText('selec', 'a/b.sql')))).place).toBe('a/b.sql:1:1');
  });

  test('refuses a positional parameter, which nothing would be bound to', async () => {
    expect(await problem(parseSql('select 1;\nselect a = $1'))).toMatchObject({
      code: 'invalid_sql',
      place: '2:12',
    });
  });

  test.each(['select 1 \0; drop table t', 'select \ud800', "select '\udc00'"])(
    'refuses what PostgreSQL text cannot hold (%j)',
    async (text) => {
      expect((await problem((async () => parseSql(text))())).code).toBe('invalid_sql');
    },
  );

  test('counts bytes of the tree in characters of the text', async () => {
    const [statement] = await parseSql("select 'ééé😀', wrong_one");
    const json = JSON.stringify(statement!.node);
    const location = Number(/"location":(\d+)\}\},"location":\d+\}\}\]/.exec(json)?.[1]);
    expect(statement!.source.text.slice(statement!.offsetOf(location))).toBe('wrong_one');
  });
});

describe('parseSingleSelect', () => {
  test.each([
    'select 1',
    'with a as (select 1) select * from a',
    'with recursive r as (select 1 as n union all select n + 1 from r where n < 9) select * from r',
    'values (1), (2)',
    'table t',
    '(select 1) union (select 2)',
    'select 1;',
    '-- a comment\nselect 1 -- and another',
  ])('takes %j', async (text) => {
    expect((await parseSingleSelect(text)).kind).toBe('SelectStmt');
  });

  test.each([
    ['', 'invalid_sql', '1:1'],
    ['select 1; select 2', 'invalid_sql', '1:11'],
    ['select 1; drop table t', 'invalid_sql', '1:11'],
    ['delete from t', 'statement_refused', '1:1'],
    ['explain select 1', 'statement_refused', '1:1'],
    ['create table t as select 1', 'statement_refused', '1:1'],
    ['select * into u from t', 'statement_refused', '1:15'],
    ['(select * into u from t) union select 1', 'statement_refused', undefined],
    ['select * from t for update', 'statement_refused', '1:1'],
    ['select * from t for key share of t', 'statement_refused', undefined],
    ['select * from (select * from t for update) x', 'statement_refused', undefined],
    ['with a as (insert into t values (1) returning *) select * from a', 'statement_refused', '1:24'],
    ['with a as (update t set a = 1 returning *) select * from a', 'statement_refused', '1:19'],
    ['with a as (delete from t returning *) select * from a', 'statement_refused', '1:24'],
    [
      'with a as (merge into t using u on true when matched then delete returning *) select * from a',
      'statement_refused',
      undefined,
    ],
    ['select (with a as (delete from t returning 1) select * from a)', 'statement_refused', undefined],
    ['copy t to stdout', 'statement_refused', '1:1'],
    ['set role x', 'statement_refused', '1:1'],
  ])('refuses %j', async (text, code, place) => {
    const found = await problem(parseSingleSelect(text));
    expect(found.code).toBe(code);
    if (place) expect(found.place).toBe(place);
  });
});
