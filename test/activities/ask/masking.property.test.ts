import fc from 'fast-check';
import { readingTools } from '../../../activities/ask/tools';
import { shape } from '../../../activities/ask/mask/shape';
import { ToolBed } from './tool-bed';

/** What a row may say: letters of any script, quotes, controls; long enough to be told from what else is said. */
const secret = fc
  .tuple(fc.stringMatching(/^Zq[B-Zb-z]{5,10}$/), fc.string({ unit: 'grapheme', maxLength: 30 }))
  .map(([word, rest]) => `${word} ${rest.replaceAll('\0', '')} ${word}`);

const COLUMNS = ['note', 'tag', 'doc', 'list', 'code', 'email', 'xml'] as const;
const column = fc.constantFrom(...COLUMNS);
const of = (name: string): string => `t.${name}`;

/** Expressions over a text that a model may think of. */
const expression: fc.Arbitrary<string> = fc.oneof(
  column.map(of),
  fc
    .tuple(
      column,
      fc.constantFrom(
        'upper',
        'lower',
        'md5',
        'reverse',
        'min',
        'max',
        'quote_literal',
        'to_json',
        'initcap',
        'string_agg',
      ),
    )
    .map(([name, call]) =>
      call === 'string_agg'
        ? `string_agg(${of(name)}::text, ',') over ()`
        : `${call}(${of(name)}::text)${/^m(in|ax)$/.test(call) ? ' over ()' : ''}`,
    ),
  column.map((name) => `coalesce(${of(name)}::text, 'none') || '-' || t.id`),
  column.map((name) => `case when t.id > 0 then ${of(name)}::text else 'x' end`),
  column.map((name) => `ascii(substr(${of(name)}::text, 1, 1))`),
  column.map((name) => `jsonb_build_object('k', ${of(name)}::text)`),
  column.map((name) => `array[${of(name)}::text]`),
  column.map((name) => `(select ${of(name)}::text)`),
  column.map((name) => `format('%s', ${of(name)}::text)`),
  fc.constantFrom(
    't',
    't::text',
    'row(t.*)',
    'to_jsonb(t)',
    `t.doc ->> 'k'`,
    `t.doc -> 'k'`,
    't.list[1]',
    'unnest(t.list)',
    'array_to_string(t.list, $$-$$)',
  ),
);

const query = fc
  .tuple(
    fc.array(expression, { minLength: 1, maxLength: 4 }),
    fc.constantFrom(
      'from s.t t',
      'from s.v t',
      'from s.t t, generate_series(1, 6)',
      'from (select * from s.t) t',
      'from s.t t left join s.t u on u.id = t.id',
      'from s.t t, lateral (select t.note) l(x)',
    ),
    fc.boolean(),
  )
  .map(([list, from, cte]) => {
    const select = `select ${list.map((item, at) => `${item} as c${at}`).join(', ')} ${from}`;
    return cte ? `with q as (${select}) select * from q` : select;
  });

let bed: ToolBed;
beforeAll(async () => {
  bed = await ToolBed.make('masking', { classification: { 's.*.email': 'pii' } });
  await bed.run(`create schema s;
    create table s.t (id int primary key, note text, tag varchar(80), doc jsonb, list text[], code text, email text, xml text);
    create view s.v as select * from s.t`);
});
afterAll(() => bed.close());

it('no tool tells a model the text of a row, of a comment or of a file', async () => {
  const words = (text: string): string => /^\p{L}+/u.exec(text)![0].toLowerCase();
  await fc.assert(
    fc.asyncProperty(secret, fc.array(query, { minLength: 3, maxLength: 6 }), async (text, queries) => {
      await bed.bed.rows('truncate s.t');
      await bed.bed.rows(
        `insert into s.t select n, $1, left($1, 80), jsonb_build_object('k', $1::text, $1::text, 1), array[$1::text],
                case when n % 2 = 0 then $1 else 'plain' end, $1, $1 from generate_series(1, 12) n`,
        [text],
      );
      await bed.bed
        .rows(`comment on table s.t is ${literal(text)}; comment on column s.t.note is ${literal(text)};
        alter table s.t alter tag set default ${literal(text.slice(0, 60))}`);
      const line = JSON.stringify(text);
      bed.bed.file(
        'data/rows.csv',
        `id,said\n${Array.from({ length: 9 }, (_, n) => `${n},"${text.replaceAll('"', '""').replace(/[\r\n]/g, ' ')}"`).join('\n')}\n`,
      );
      bed.bed.file('data/rows.jsonl', `{"id": 1, "said": ${line}, "more": {"k": ${line}}}\n`);
      const told: string[] = [];
      const ask = async (tool: string, input: object): Promise<void> => {
        const answer = await bed
          .call(tool, input)
          .catch((cause: unknown) => (cause as { problem?: object }).problem ?? String(cause));
        told.push(JSON.stringify(answer));
      };
      for (const table of ['s.t', 's.v'])
        for (const tool of ['describe_table', 'sample_rows', 'profile']) await ask(tool, { table });
      await ask('search_catalogue', { words: text });
      for (const sql of queries) await ask('run_sql', { sql });
      await ask('explain', { sql: queries[0] });
      for (const files of ['data/*.csv', 'data/*.jsonl']) await ask('preview_source', { files });
      for (const answer of told) expect(answer.toLowerCase()).not.toContain(words(text));
    }),
    { numRuns: 6, endOnFailure: true },
  );
}, 120_000);

it('every tool has a name, a description and an input that is an object', () => {
  for (const [name, tool] of readingTools) {
    expect(tool.name).toBe(name);
    expect(tool.description.length).toBeGreaterThan(40);
    expect(tool.input.safeParse('nothing').success).toBe(false);
  }
});

it('a shape has no letter but A and a, and no digit but 9', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      expect(shape(text).replace(/…\(\d+ characters\)$/, '')).toMatch(/^[Aa9 ?\-_.,:;/@+#()]*$/);
    }),
  );
});

const literal = (text: string): string => `$secret$${text.replaceAll('$', '')}$secret$`;
