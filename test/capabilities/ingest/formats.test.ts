import { gzipSync } from 'node:zlib';
import iconv from 'iconv-lite';
import { Bed, problemOf } from './bed';

describe('ingest reads', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await Bed.make('formats');
  });
  afterAll(() => bed.close());
  afterEach(() => bed.reset());

  const load = async (
    files: Record<string, string | Buffer>,
    from: object = {},
    more: object = {},
  ): Promise<{ rows: Record<string, unknown>[]; direct: boolean[] }> => {
    await bed.files(files);
    const { change } = await bed.load({
      from: { files: Object.keys(files), ...from },
      into: 'raw.t',
      ...more,
    });
    const part = change.body.from;
    const direct = part.kind === 'files' ? part.files.map((file) => file.direct !== null) : [];
    return { rows: await bed.rows('select row_to_json(t) as row from raw.t'), direct };
  };
  const values = (rows: Record<string, unknown>[]): unknown[] =>
    rows.map(({ row }) => Object.values(row as object));

  it('every kind of line end, also mixed', async () => {
    for (const [name, text, direct] of [
      ['lf', 'a,b\n1,x\n2,y\n', true],
      ['crlf', 'a,b\r\n1,x\r\n2,y\r\n', true],
      ['cr', 'a,b\r1,x\r2,y\r', true],
      ['mixed', 'a,b\r\n1,x\n2,y\r', false],
      ['no end', 'a,b\n1,x\n2,y', true],
      ['empty lines', 'a,b\n\n1,x\n\n\n2,y\n\n', false],
    ] as const) {
      const loaded = await load({ 'x.csv': text });
      expect([name, values(loaded.rows), loaded.direct]).toEqual([
        name,
        [
          [1, 'x'],
          [2, 'y'],
        ],
        [direct],
      ]);
      await bed.reset();
    }
  });

  it('line breaks, delimiters and quotes inside quotes, and an empty string that is no null', async () => {
    const loaded = await load({ 'x.csv': 'a,b,c\n1,"x\ny, ""z""\r\n",""\n2,,"q"\n' });
    expect(loaded.direct).toEqual([true]);
    expect(values(loaded.rows)).toEqual([
      [1, 'x\ny, "z"\r\n', ''],
      [2, null, 'q'],
    ]);
  });

  it('the place of a bad row after a line break in quotes is its physical line', async () => {
    await bed.files({ 'x.csv': 'a,b\n1,"x\ny\nz"\n2\n' });
    const problem = await problemOf(bed.propose({ from: { files: 'x.csv' }, into: 'raw.t' }));
    expect(problem.place).toBe('x.csv:5');
  });

  it('tab-separated values', async () => {
    const loaded = await load({ 'x.tsv': 'a\tb\n1\tx,y\n2\t"z\tz"\n' });
    expect(values(loaded.rows)).toEqual([
      [1, 'x,y'],
      [2, 'z\tz'],
    ]);
  });

  it('files without quoting, in which a quote is a character', async () => {
    const loaded = await load({ 'x.tsv': 'a\tb\n1\t5" pipe\n2\t"\n3\t\n' }, { quote: '' });
    expect(values(loaded.rows)).toEqual([
      [1, '5" pipe'],
      [2, '"'],
      [3, null],
    ]);
  });

  it('another delimiter and another quote', async () => {
    const loaded = await load({ 'x.csv': "a;b\n1;'x;''y'''\n2;\"\n" }, { delimiter: ';', quote: "'" });
    expect(values(loaded.rows)).toEqual([
      [1, "x;'y'"],
      [2, '"'],
    ]);
  });

  it('gzip, also of several members', async () => {
    const content = Buffer.concat([gzipSync('a,b\n1,x\n'), gzipSync('2,y\n')]);
    expect(values((await load({ 'x.csv.gz': content })).rows)).toEqual([
      [1, 'x'],
      [2, 'y'],
    ]);
  });

  it.each(['latin1', 'windows-1252', 'utf-16le', 'utf-16be', 'utf-16'])(
    'the encoding %s',
    async (encoding) => {
      const bytes = iconv.encode('a,b\n1,Zürich\n', encoding, { addBOM: encoding.startsWith('utf-16') });
      expect(values((await load({ 'x.csv': bytes }, { encoding })).rows)).toEqual([[1, 'Zürich']]);
    },
  );

  it('one spelling of null as COPY does, several by rewriting; quoted they are text', async () => {
    const one = await load({ 'x.csv': 'a,b\nNA,x\n1,NA\n2,"NA"\n' }, { nulls: ['NA'] });
    expect(one.direct).toEqual([true]);
    expect(values(one.rows)).toEqual([
      [null, 'x'],
      [1, null],
      [2, 'NA'],
    ]);
    await bed.reset();
    const three = await load(
      { 'x.csv': 'a,b\nNA,x\n1,\nNULL,y\n2,"NA"\n3,""\n' },
      { nulls: ['', 'NA', 'NULL'] },
    );
    expect(three.direct).toEqual([false]);
    expect(values(three.rows)).toEqual([
      [null, 'x'],
      [1, null],
      [null, 'y'],
      [2, 'NA'],
      [3, ''],
    ]);
  });

  it('no spelling of null at all', async () => {
    const loaded = await load({ 'x.csv': 'a,b\n1,\n2,NA\n' }, { nulls: [] });
    expect(loaded.direct).toEqual([true]);
    expect(values(loaded.rows)).toEqual([
      [1, ''],
      [2, 'NA'],
    ]);
  });

  it('quoted nulls, in files that quote everything, when told so', async () => {
    const loaded = await load({ 'x.csv': '"a","b"\n"1",""\n"","x"\n' }, { quotedNulls: true });
    expect(values(loaded.rows)).toEqual([
      [1, null],
      [null, 'x'],
    ]);
    await bed.reset();
    const rewritten = await load({ 'y.csv': '"a","b"\n\n"1",""\n"","x"\n' }, { quotedNulls: true });
    expect(rewritten.direct).toEqual([false]);
    expect(values(rewritten.rows)).toEqual(values(loaded.rows));
  });

  it('files without a header: made-up names, given names, the names of the table', async () => {
    await load({ 'x.csv': '1,x\n2,y\n' }, { header: false });
    expect(Object.keys(await bed.types('raw.t'))).toEqual(['column_1', 'column_2']);
    await bed.reset();
    await load({ 'x.csv': '1,x\n2,y\n' }, { header: ['id', 'v'] });
    expect(Object.keys(await bed.types('raw.t'))).toEqual(['id', 'v']);
    await bed.reset();
    await bed.admin.query('create schema raw; create table raw.t (id int, v text)');
    const loaded = await load({ 'x.csv': '1,x\n2,y\n' }, { header: false });
    expect(values(loaded.rows)).toEqual([
      [1, 'x'],
      [2, 'y'],
    ]);
  });

  it('files of the same columns in another order', async () => {
    const loaded = await load({ 'a.csv': 'id,v\n1,x\n', 'b.csv': 'V,ID\ny,2\n' });
    expect(loaded.direct).toEqual([true, true]);
    expect(values(loaded.rows)).toEqual([
      [1, 'x'],
      [2, 'y'],
    ]);
  });

  it('only the columns that are chosen, under the names that are given', async () => {
    const loaded = await load({ 'x.csv': 'a,b,c\n1,x,p\n2,y,q\n' }, {}, { columns: { c: 'see', a: 'id' } });
    expect(await bed.types('raw.t')).toEqual({ id: 'bigint', see: 'text' });
    expect(values(loaded.rows)).toEqual([
      [1, 'p'],
      [2, 'q'],
    ]);
  });

  it('a column that is only null as text, and says so', async () => {
    await bed.files({ 'x.csv': 'a,b\n1,\n2,\n' });
    const change = await bed.propose({ from: { files: 'x.csv' }, into: 'raw.t' });
    expect(change.findings).toEqual([expect.objectContaining({ rule: 'all_null' })]);
  });

  it('says which row made a column text', async () => {
    await bed.files({ 'x.csv': 'a,b\n1,1\n2,2\nthree,3\n' });
    const change = await bed.propose({ from: { files: 'x.csv' }, into: 'raw.t' });
    expect(change.findings).toEqual([
      expect.objectContaining({ rule: 'widened_to_text', place: 'x.csv:4:a' }),
    ]);
  });

  it('a single column, in which an empty line is a row whose value is null, as COPY writes it', async () => {
    const loaded = await load({ 'x.csv': 'a\nx\n\n\\.\n""\ny\n\n' });
    expect(values(loaded.rows)).toEqual([['x'], [null], ['\\.'], [''], ['y'], [null]]);
    await bed.reset();
    const headless = await load({ 'x.csv': '\n1\n\n3' }, { header: ['a'] });
    expect(values(headless.rows)).toEqual([[null], [1], [null], [3]]);
  });

  it('JSON lines: every key a column, types by the data, nested as jsonb', async () => {
    const lines = [
      '{"id":1,"name":"A\\u00fc","n":12345678901234567890,"at":"2020-01-01T00:00:00Z","tags":["x",{"y":1.50}]}',
      '  {"id":2, "ok":true, "name":null, "n":0.10,"at":"2020-06-01T12:00:00+02:00"}  ',
      '',
      '{"id":3,"extra":"\\"q\\", \\n","tags":{}}',
    ];
    const loaded = await load({ 'x.jsonl': lines.join('\n') });
    expect(await bed.types('raw.t')).toEqual({
      id: 'bigint',
      name: 'text',
      n: 'numeric',
      at: 'timestamp with time zone',
      tags: 'jsonb',
      ok: 'boolean',
      extra: 'text',
    });
    expect(loaded.rows.map(({ row }) => row)).toEqual([
      {
        id: 1,
        name: 'Aü',
        n: expect.anything() as number,
        at: '2020-01-01T00:00:00+00:00',
        tags: ['x', { y: 1.5 }],
        ok: null,
        extra: null,
      },
      { id: 2, name: null, n: 0.1, at: '2020-06-01T10:00:00+00:00', tags: null, ok: true, extra: null },
      { id: 3, name: null, n: null, at: null, tags: {}, ok: null, extra: '"q", \n' },
    ]);
    expect(await bed.rows('select n::text, tags::text from raw.t where id = 1')).toEqual([
      { n: '12345678901234567890', tags: '["x", {"y": 1.50}]' },
    ]);
  });

  it('JSON strings as text, whatever they look like, and JSON null as null', async () => {
    await load({ 'x.jsonl': '{"a":"1","b":"true","c":null}\n{"a":"","b":"x","c":"n"}\n' });
    expect(await bed.rows('select * from raw.t')).toEqual([
      { a: '1', b: 'true', c: null },
      { a: '', b: 'x', c: 'n' },
    ]);
  });

  it('JSON lines, each bad one with its reason', async () => {
    await bed.files({
      'x.jsonl':
        '{"a":1}\n{"a":\n[1]\n{"a":1,"a":2}\n{"a":"\\u0000"}\n{"a":"\\ud800"}\n{"a":{"b":"\\u0000"}}\n"x"\n',
    });
    const problem = await problemOf(bed.propose({ from: { files: 'x.jsonl' }, into: 'raw.t' }));
    expect(problem.faults).toEqual([
      { path: 'x.jsonl:2', message: 'not valid JSON' },
      { path: 'x.jsonl:3', message: 'not a JSON object' },
      { path: 'x.jsonl:4:a', message: 'the key occurs twice' },
      { path: 'x.jsonl:5:a', message: 'a NUL character' },
      { path: 'x.jsonl:6:a', message: 'half of a surrogate pair' },
      { path: 'x.jsonl:7:a', message: 'a character that jsonb cannot hold' },
      { path: 'x.jsonl:8', message: 'not a JSON object' },
    ]);
  });
});
