import fc from 'fast-check';
import { Needle } from '../../../capabilities/ingest/scan/needle';
import { Bed, problemOf } from './bed';

/** Files that can be loaded, and would not be loaded by anybody who had seen them. */
describe('the plan of an ingest warns of', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await Bed.make('oddities');
  });
  afterAll(() => bed.close());
  afterEach(() => bed.reset());

  const input = (from: object = {}, more: object = {}) => ({
    from: { files: '*.csv', ...from },
    into: 'raw.t',
    ...more,
  });
  const warnings = async (content: string, from: object = {}, more: object = {}) => {
    await bed.files({ 'x.csv': content });
    const { findings } = await bed.propose(input(from, more));
    return findings
      .filter(({ severity }) => severity === 'warning')
      .map(({ rule, place = '', message }) => `${rule} ${place}: ${message}`);
  };

  it.each([
    [
      '\\N that stays text',
      'id,v\n1,\\N\n2,x\n3,\\N\n',
      "null_kept x.csv: x.csv has 2 fields that say \\N, which stays text; if it is null, write `nulls: ['', '\\N']`",
    ],
    ['NULL that stays text', 'id,v\nNULL,y\n2,x\n', /^null_kept x.csv: x.csv has a field that says NULL/],
    [
      'a second table below the first',
      'id,v\n1,2\n3,4\n\nname,age\nAnn,3\n',
      /^empty_lines x.csv:4: x.csv has an empty line between its rows, left out: does a second table begin there\?/,
    ],
    ['the header again', 'id,v\n1,x\nid,v\n2,y\n', /^header_again x.csv: x.csv has its header once more/],
    ['a sum at the end', 'name,qty\nAnn,2\nBob,3\nTotal,5\n', /^footer x.csv:4/],
    ['a sum at the end that makes a column text', 'id,qty\n1,2\n2,3\n3,4\nTotal,9\n', /^footer x.csv:5/],
    [
      'a note at the end that makes a column text',
      'id,qty\n1,2\n2,3\n3,4\nas of May,9\n',
      /^widened_to_text x.csv:5:id: .* is it a footer\?/,
    ],
    [
      'rows of nothing',
      'a,b,c\n1,2,3\n,,\n,,\n',
      /^empty_rows x.csv:3: x.csv has 2 rows in which every field is empty/,
    ],
    ['a column of nothing', 'a,b,c\n1,,3\n2,,4\n', 'all_null : b has no value anywhere; it becomes text'],
    ['a delimiter at the end of every line', 'a,b,\n1,2,\n3,4,\n', /^unnamed_columns x.csv:1: .*column_3/],
    [
      'a lone carriage return among other line ends',
      'a\nx\ry\nz\n',
      /^line_ends x.csv: .*lone carriage return/,
    ],
    ['values that keep their quotes', "a,b\n1,'x'\n2,'y'\n", /^quotes_kept/],
    ['typographic quotes', 'a,b\n1,“x”\n2,“y”\n', /^quotes_kept x.csv:2: .* stand in “ and keep it/],
    ['an escape that stays', 'a,b\n1,"say \\"""\n2,"x"\n', /^quotes_kept x.csv:2: .*escape/],
  ])('%s', async (_, content, expected) => {
    const found = await warnings(content, /^a,b\n1,'x'/.test(content) ? { quote: '"' } : {});
    expect(found).toEqual(
      expect.arrayContaining([
        typeof expected === 'string' ? expected : (expect.stringMatching(expected) as string),
      ]),
    );
  });

  it('nothing in a plain file, with empty lines after its rows, and in one that says what it is', async () => {
    expect(await warnings('id,v\r\n1,x\r\n2,"a, b"\r\n\r\n')).toEqual([]);
    expect(await warnings('id,v\n1,\\N\n2,x\n', { nulls: ['\\N'] })).toEqual([]);
    expect(await warnings('id,note\n1,Totally fine\n2,ok\n')).toEqual([]);
  });

  it('a column of nothing in a table that is there', async () => {
    await bed.admin.query('create schema raw; create table raw.t (a bigint, b date)');
    expect(await warnings('a,b\n1,\n2,\n')).toEqual(['all_null : b has no value anywhere']);
  });

  it('fails where every row would be set aside, whatever the limit', async () => {
    await bed.files({ 'x.csv': 'id,v\na,1\nb,2\n' });
    const problem = await problemOf(
      bed.propose(input({ types: { id: 'bigint' } }, { quarantine: { limit: '100%' } })),
    );
    expect(problem).toMatchObject({ code: 'quarantine_exceeded', place: 'x.csv:2:id' });
    expect(problem.message).toContain('None of the 2 rows fits');
  });

  it('what stands alone, however the bytes are cut', () => {
    const piece = fc.constantFrom('N', 'NN', ',', '\n', 'x');
    const text = fc.array(piece, { maxLength: 20 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1 }), (content, sizes) => {
        const needle = new Needle(Buffer.from('NN'), [44]);
        const bytes = Buffer.from(content);
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length]!;
          needle.push(bytes.subarray(at, at + size));
          at += size;
        }
        needle.end();
        expect(needle.count).toBe(content.split(/[\n,]/).filter((field) => field === 'NN').length);
      }),
      { numRuns: 2_000 },
    );
  });
});
