import { gzipSync } from 'node:zlib';
import { Bed, problemOf } from './bed';

/** What a file is, beyond what the goal says of it. */
describe('the dialect of a file', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await Bed.make('dialect');
  });
  afterAll(() => bed.close());
  afterEach(() => bed.reset());

  const input = (from: object = {}, more: object = {}) => ({
    from: { files: '*', format: 'csv', ...from },
    into: 'raw.t',
    ...more,
  });
  const refusal = async (content: string, from: object = {}, more: object = {}) => {
    await bed.files({ 'x.csv': content });
    return problemOf(bed.propose(input(from, more)));
  };
  const warnings = async (content: string, from: object = {}, more: object = {}) => {
    await bed.files({ 'x.csv': content });
    const { findings } = await bed.propose(input(from, more));
    return findings
      .filter(({ severity }) => severity === 'warning')
      .map(({ rule, message, place }) => `${rule} ${place}: ${message}`);
  };
  const loaded = async (content: string | Buffer, from: object = {}, name = 'x.csv') => {
    await bed.files({ [name]: content });
    const { change } = await bed.load(input(from));
    const rows = await bed.rows('select * from raw.t');
    return {
      types: await bed.types('raw.t'),
      rows: rows.map((row) => Object.values(row)),
      told: change.findings.filter(({ rule }) => rule === 'dialect').map(({ message }) => message),
    };
  };

  describe('with a line sep=', () => {
    it('is what that line says, shown in the plan', async () => {
      expect(await loaded('sep=;\nid;qty\n1;2\n3;4\n')).toEqual({
        types: { id: 'bigint', qty: 'bigint' },
        rows: [
          ['1', '2'],
          ['3', '4'],
        ],
        told: ['read with fields separated by ";", quoted by """, header in line 2'],
      });
    });

    it.each(['sep=\t\r\nid\tqty\r\n1\t2\r\n', '\ufeff"sep=|"\nid|qty\n1|2\n', 'SEP=,\nid,qty\n1,2'])(
      'however it is written: %j',
      async (content) => {
        expect((await loaded(content)).rows).toEqual([['1', '2']]);
      },
    );

    it('is refused where the goal says another delimiter', async () => {
      const problem = await refusal('sep=;\nid;qty\n1;2\n', { delimiter: ',' });
      expect(problem).toMatchObject({ code: 'source_invalid', place: 'x.csv:1' });
      expect(problem.message).toContain('separated by ";", but the goal says ","');
    });

    it('is refused where two files say two', async () => {
      await bed.files({ 'a.csv': 'sep=;\nid;v\n1;2\n', 'b.csv': 'sep=|\nid|v\n1|2\n' });
      expect((await problemOf(bed.propose(input()))).message).toContain(
        'b.csv:1 says that its fields are separated by "|", but a.csv is separated by ";"',
      );
    });
  });

  describe('that the goal does not say is refused, with the setting to write,', () => {
    it.each([
      ['semicolons', 'id;qty\n1;2\n3;4\n', "`delimiter: ';'` (2 fields in every line)"],
      ['tabs', 'id\tqty\n1\t2\n', '`delimiter: "\\t"`'],
      ['bars', 'id|qty\n1|2\n', "`delimiter: '|'`"],
      ['control characters, as Hive writes', 'id\x01qty\n1\x012\n', '`delimiter: "\\u0001"`'],
      ['semicolons beside decimal commas', 'id;price\n1;2,50\n2;3,75\n', "`delimiter: ';'`"],
      ['another quote', "id,name\n1,'Smith, J'\n2,'Roe, R'\n", "`quote: ''''`"],
      ['another quote around everything', "'id','name'\n'1','Ann'\n'2','Bob'\n", "`quote: ''''`"],
      ['an escape', 'id,name\n1,"5\\" pipe"\n2,"a \\"b\\" c"\n', "`escape: '\\'`"],
      ['an escape without quotes', 'id,name\n1,Smith\\, J\n2,Roe\n', "`escape: '\\'`"],
      ['no quoting', 'id,pipe\n1,5" wide\n2,7" wide\n', "`quote: ''`"],
    ])('%s', async (_, content, setting) => {
      const problem = await refusal(content);
      expect(problem.code).toBe('source_invalid');
      expect(problem.next).toContain(setting);
    });

    it('also where bad rows could be set aside', async () => {
      const problem = await refusal('id;price\n1;2,50\n2;3,75\n', {}, { quarantine: { limit: '100%' } });
      expect(problem.next).toContain("delimiter: ';'");
    });

    it('and is read as it is once the goal says so', async () => {
      const { rows } = await loaded('id;name\n1;"a; \\"b\\""\n2;\\N\n', {
        delimiter: ';',
        escape: '\\',
        nulls: ['\\N'],
      });
      expect(rows).toEqual([
        ['1', 'a; "b"'],
        ['2', null],
      ]);
    });

    it('or as the goal insists, with a warning', async () => {
      expect(await warnings('a;b\n1;2\n3;4\n', { delimiter: ',' })).toEqual([
        'dialect x.csv: x.csv has one field in every line by ",", and 2 by ";"',
      ]);
      expect((await loaded('a;b\n1;2\n', { delimiter: ',' })).rows).toEqual([['1;2']]);
    });
  });

  it('that splits evenly in two ways is warned of', async () => {
    expect(await warnings('a,b;c\n1,2;x\n3,4;y\n')).toEqual(
      [
        'dialect x.csv: x.csv splits evenly by "," and by ";"; it is read by "," (`delimiter` says which)',
        expect.stringMatching(/./) as string,
      ].slice(0, 1),
    );
  });

  it('of one column with blanks in every line is warned of, not refused', async () => {
    expect(await warnings('full name\nAnn Lee\nBob Roe\nCid Fox\n')).toEqual([
      expect.stringContaining('has one field in every line by ",", and 2 by blank') as string,
    ]);
  });

  describe('with no header', () => {
    it.each([
      ['numbers only', '1,2,3\n4,5,6\n', 'none of its fields looks like a name'],
      ['a single number', '1\n2\n3\n', 'none of its fields looks like a name'],
      ['a number first', '1,Ann\n2,Bob\n', 'field 1 is a number like those below it'],
      ['a date', 'Ann,2024-01-02\nBob,2024-02-03\n', 'field 2 is a date like those below it'],
      ['a date in another order', 'Ann,02/01/2024\nBob,03/02/2024\n', 'field 2 is a date'],
      ['a truth', 'Ann,true\nBob,false\n', 'field 2 is a boolean'],
      ['an address', 'Ann,a@b.cc\nBob,b@b.cc\n', 'field 2 is a identifier'],
    ])('is refused: %s', async (_, content, why) => {
      const problem = await refusal(content);
      expect(problem).toMatchObject({ code: 'source_invalid', place: 'x.csv:1' });
      expect(problem.message).toContain(why);
      expect(problem.next).toContain('`header: none`');
      expect(problem.next).toContain('`header: 1`');
    });

    it('is read whole when the goal says so', async () => {
      expect(await loaded('1,x\n2,y\n', { header: 'none' })).toMatchObject({
        types: { column_1: 'bigint', column_2: 'text' },
        rows: [
          ['1', 'x'],
          ['2', 'y'],
        ],
      });
    });

    it('is warned of where a name is a value too', async () => {
      expect(await warnings('Ann,M\nBob,F\nCid,M\n')).toEqual([
        'header x.csv:1: x.csv:1 names field 2 by what is a value of it further below: is it a header (`header: 1`) or data (`header: none`)?',
      ]);
    });

    it('is not thought of with years over numbers, and not at all when the goal says `header: 1`', async () => {
      expect(await warnings('country,2019,2020\nFR,1,2\nDE,3,4\n')).toEqual([
        expect.stringContaining('names field 2 by a number') as string,
      ]);
      expect(await warnings('1,2\n3,4\n', { header: 1 })).toEqual([]);
    });
  });

  it('with lines above the header is refused, with the lines to skip, and read without them', async () => {
    const content = 'Sales\nof 2024, all\n\nid,qty,v\n1,2,x\n3,4,y\n';
    const problem = await refusal(content);
    expect(problem).toMatchObject({ code: 'source_invalid', place: 'x.csv:1' });
    expect(problem.next).toContain('`skip: 3`');
    const { rows, told } = await loaded(content, { skip: 3 });
    expect(rows).toEqual([
      ['1', '2', 'x'],
      ['3', '4', 'y'],
    ]);
    expect(told).toEqual(['read with fields separated by ",", quoted by """, header in line 4']);
  });

  it('with a header of several lines has their words as names', async () => {
    const content = 'wind,,temp\nspeed,dir,\nm/s,,C\n1,2,3\n';
    expect((await loaded(content, { header: 3 })).types).toEqual({
      wind_speed_m_s: 'bigint',
      dir: 'bigint',
      temp_c: 'bigint',
    });
  });

  it('whose first row is text over numbers is warned of: units, or a second line of the header', async () => {
    expect(await warnings('a,b\nm,s\n1,2\n3,4\n')).toEqual([
      'header x.csv:2: x.csv:2 has text in field 1, where all lines below have something else: is it a further line of the header (`header: 2`), or is the header in it (`skip: 1`)?',
    ]);
    expect(await warnings('id,qty\n1,2\n3,4\n', { header: 'none' })).toEqual([
      'header x.csv:1: x.csv:1 has text in field 1, where all lines below have something else: is it the header (`header: 1`)?',
    ]);
  });

  it('says lines of the file, with what was skipped, when a row is bad and when PostgreSQL refuses it', async () => {
    const skip = { skip: 2, header: 1 };
    expect((await refusal('x\ny\na,b\n1,2\n3\n', skip)).place).toBe('x.csv:5');
    await bed.admin.query('create schema raw; create table raw.t (a int, b inet)');
    await bed.files({ 'x.csv': 'x\ny\na,b\n1,1.1.1.1\n2,no\n' });
    expect((await problemOf(bed.load(input(skip)))).place).toBe('x.csv:5');
  });

  it('is that of each file of a load: lines are skipped in a rehearsal, and in compressed files, too', async () => {
    const { rows } = await loaded(gzipSync('# made by x\r\nid,v\r\n1,a\r\n'), { skip: 1 }, 'x.csv.gz');
    expect(rows).toEqual([['1', 'a']]);
    const opened = await bed.sources(1).open(
      { path: 'x.csv.gz' },
      {
        format: 'delimited',
        gzip: true,
        encoding: 'utf-8',
        delimiter: 44,
        quote: 34,
        escape: 0,
        skip: 1,
        header: 1,
      },
    );
    const parts: string[] = [];
    for await (const chunk of opened.chunks) parts.push(chunk.toString());
    expect(parts.join('')).toBe('id,v\r\n1,a\r\n');
  });
});
