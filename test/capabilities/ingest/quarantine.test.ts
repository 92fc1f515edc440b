import { Bed, problemOf } from './bed';

describe('the quarantine of ingest', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await Bed.make('quarantine');
  });
  afterAll(() => bed.close());
  afterEach(() => bed.reset());

  const dirty = Buffer.concat([
    Buffer.from(
      'id,born,note\n1,2020-01-01,a\nx,2020-01-02,b\n3,02/30/2020,c\n4,2020-02-30,d\n5\n6,2020-01-06,"q"z\n7,2020-01-07,n\0l\n8,2020-01-08,',
    ),
    Buffer.from([0xff, 0xfe]),
    Buffer.from('\n9,,"multi\nline"\n'),
  ]);
  const input = {
    from: { files: '*.csv', types: { id: 'bigint', born: 'date' } },
    into: 'raw.t',
    quarantine: { limit: 10 },
  };

  it('takes each row that does not fit, with file, line, column, reason and the row as it came', async () => {
    await bed.files({ 'x.csv': dirty });
    const { change, rows } = await bed.load(input);
    expect(rows).toEqual({ read: 9, inserted: 2, updated: 0, deleted: 0, quarantined: 7 });
    expect(change.findings[0]).toMatchObject({ rule: 'rows_set_aside', severity: 'warning' });
    expect(change.apply).toContain('-- 1 file, 2 rows; 7 set aside');
    expect(await bed.rows('select id::int, note from raw.t order by id')).toEqual([
      { id: 1, note: 'a' },
      { id: 9, note: 'multi\nline' },
    ]);
    expect(
      await bed.rows(
        'select relation, file, line::int, col, reason, raw from sluice.quarantine order by line',
      ),
    ).toEqual(
      [
        { line: 3, col: 'id', reason: 'not a bigint', raw: 'x,2020-01-02,b' },
        { line: 4, col: 'born', reason: 'not a date (YYYY-MM-DD)', raw: '3,02/30/2020,c' },
        { line: 5, col: 'born', reason: 'not a date (YYYY-MM-DD)', raw: '4,2020-02-30,d' },
        { line: 6, col: null, reason: '1 field instead of 3', raw: '5' },
        { line: 7, col: null, reason: 'text after a closing quote', raw: '6,2020-01-06,"q"z' },
        { line: 8, col: null, reason: 'a NUL byte', raw: '7,2020-01-07,n\\x00l' },
        { line: 9, col: null, reason: 'bytes that are not UTF-8', raw: '8,2020-01-08,\\xff\\xfe' },
      ].map((row) => ({ relation: 'raw.t', file: 'x.csv', ...row })),
    );
  });

  it('is emptied of a load that is undone', async () => {
    await bed.files({ 'x.csv': dirty });
    const { change } = await bed.load(input);
    await bed.undo(change);
    expect(await bed.rows('select * from sluice.quarantine')).toEqual([]);
  });

  it('is shown to nobody but its owner', async () => {
    await bed.files({ 'x.csv': dirty });
    await bed.load(input);
    const seen = bed.place.read((session) => session.query('select * from sluice.quarantine'));
    await expect(seen).rejects.toThrow(/Row security may hide rows of sluice.quarantine/);
  });

  it('has a limit in rows', async () => {
    await bed.files({ 'x.csv': dirty });
    const problem = await problemOf(bed.propose({ ...input, quarantine: { limit: 6 } }));
    expect(problem).toMatchObject({ code: 'quarantine_exceeded', place: 'x.csv:3:id' });
    expect(problem.message).toContain(
      '7 of 9 rows do not fit, more than the 6 that may be set aside (6 rows)',
    );
    expect(problem.next).toContain('"77.8%"');
    expect(JSON.stringify(problem)).not.toContain('2020-01');
  });

  it('has a limit as a share of the rows', async () => {
    await bed.files({ 'x.csv': 'id\n'.concat('1\n'.repeat(98), 'x\ny\n') });
    const from = { files: 'x.csv', types: { id: 'bigint' } };
    const over = await problemOf(bed.propose({ from, into: 'raw.t', quarantine: { limit: '1%' } }));
    expect(over.code).toBe('quarantine_exceeded');
    expect(over.message).toContain('1% of 100 rows');
    expect((await bed.load({ from, into: 'raw.t', quarantine: { limit: '2%' } })).rows.quarantined).toBe(2);
  });

  it('takes rows of JSON lines', async () => {
    await bed.files({ 'x.jsonl': '{"id":1}\n{"id":"x"}\n{"id":2.5}\nnope\n{"id":"4"}\n' });
    const { rows } = await bed.load({
      from: { files: 'x.jsonl', types: { id: 'bigint' } },
      into: 'raw.t',
      quarantine: { limit: 3 },
    });
    expect(rows).toMatchObject({ read: 5, inserted: 2, quarantined: 3 });
    expect(await bed.rows('select line::int, col, reason, raw from sluice.quarantine order by line')).toEqual(
      [
        { line: 2, col: 'id', reason: 'not a bigint', raw: '{"id":"x"}' },
        { line: 3, col: 'id', reason: 'not a bigint', raw: '{"id":2.5}' },
        { line: 4, col: null, reason: 'not valid JSON', raw: 'nope' },
      ],
    );
  });

  it('what a bad row says has no part in the types', async () => {
    await bed.files({ 'x.csv': 'id,v,w\n1,1,1\n2,text\n3,text,1,1\n4,2,2\n' });
    await bed.load({ from: { files: 'x.csv' }, into: 'raw.t', quarantine: { limit: 2 } });
    expect(await bed.types('raw.t')).toEqual({ id: 'bigint', v: 'bigint', w: 'bigint' });
  });
});
