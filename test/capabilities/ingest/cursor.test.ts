import { Bed, problemOf } from './bed';

describe('ingest of files with a cursor', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await Bed.make('cursor');
  });
  afterAll(() => bed.close());
  afterEach(() => bed.reset());

  const input = { from: { files: '*.csv' }, into: 'raw.t', cursor: 'at' };
  const merge = { ...input, mode: 'merge', key: ['id'] };
  const ids = async (): Promise<unknown[]> =>
    (await bed.rows('select id::int from raw.t order by 1, ctid')).map((row) => row.id);

  it('loads every row of a file that was never read, however old', async () => {
    await bed.files({ 'a.csv': 'id,at\n1,2024-03-01\n2,2024-03-03\n' });
    await bed.load(input);
    await bed.files({ 'b.csv': 'id,at\n3,2024-03-02\n4,2024-03-03\n5,2024-03-04\n' });
    const { change, rows } = await bed.load(input);
    expect(change.estimate.rows).toBe(3);
    expect(rows).toMatchObject({ read: 3, inserted: 3 });
    expect(await ids()).toEqual([1, 2, 3, 4, 5]);
  });

  it('adds of a file that was loaded before with another content only what is not there', async () => {
    await bed.files({ 'all.csv': 'id,at\n1,2020-01-01\n1,2020-01-01\n2,2020-01-03\n' });
    await bed.load(input);
    const before = await bed.fingerprint();
    await bed.files({
      'all.csv':
        'id,at\n1,2020-01-01\n1,2020-01-01\n1,2020-01-01\n2,2020-01-03\n3,2020-01-02\n4,2020-01-04\n',
      'new.csv': 'id,at\n1,2020-01-01\n',
    });
    const change = await bed.propose(input);
    expect(change.findings).toEqual([expect.objectContaining({ rule: 'only_missing' })]);
    const { applied } = await bed.apply(change);
    expect(applied.rows).toEqual({ read: 7, inserted: 4, updated: 0, deleted: 0, quarantined: 0 });
    expect(await ids()).toEqual([1, 1, 1, 1, 2, 3, 4]);
    await bed.undo(change);
    expect(await bed.fingerprint()).toEqual(before);
    expect((await bed.load(input)).rows.inserted).toBe(4);
  });

  it('merges the newest row of each key, in whatever order files come', async () => {
    await bed.files({ 'a.csv': 'id,at,v\n1,1,a\n2,2,b\n' });
    await bed.load(merge);
    const before = await bed.fingerprint();
    await bed.files({ 'b.csv': 'id,at,v\n1,1,corrected\n2,1,older\n3,0,late\n' });
    const change = await bed.propose(merge);
    expect(change.findings).toEqual([expect.objectContaining({ rule: 'newest_stays' })]);
    const { applied, checks } = await bed.apply(change);
    expect(applied.rows).toEqual({ read: 3, inserted: 1, updated: 1, deleted: 0, quarantined: 0 });
    expect(checks.find(({ name }) => name === 'rows_accounted')!.message).toContain(
      '1 older than what is there',
    );
    expect((await bed.rows('select v from raw.t order by id')).map(({ v }) => v)).toEqual([
      'corrected',
      'b',
      'late',
    ]);
    await bed.undo(change);
    expect(await bed.fingerprint()).toEqual(before);
  });

  it('lets a row come after one that lies beyond now', async () => {
    await bed.files({ 'a.csv': 'id,at,v\n1,2999-01-01,a\n' });
    await bed.load(merge);
    await bed.files({ 'b.csv': 'id,at,v\n1,2024-01-01,b\n' });
    expect((await bed.load(merge)).rows.updated).toBe(1);
  });

  it('refuses a row without a cursor, with its place, unless it is to be loaded', async () => {
    await bed.files({ 'a.csv': 'id,at\n1,9\n2,\n' });
    const problem = await problemOf(bed.propose(input));
    expect(problem).toMatchObject({ code: 'source_invalid', place: 'a.csv:3:at' });
    const { rows } = await bed.load({ ...input, cursor: { column: 'at', nulls: 'load' } });
    expect(rows.inserted).toBe(2);
    await bed.files({ 'b.csv': 'id,at\n3,\n' });
    expect(await problemOf(bed.propose(input))).toMatchObject({
      code: 'source_invalid',
      place: 'b.csv:2:at',
    });
  });

  it('refuses a column that has no order of time or number', async () => {
    await bed.files({ 'a.csv': 'id,at\n1,monday\n' });
    expect(await problemOf(bed.propose(input))).toMatchObject({
      code: 'invalid_goal',
      place: 'cursor',
      message: expect.stringContaining('at of raw.t is text') as string,
    });
  });

  it('says which columns there are when the cursor is none of them', async () => {
    await bed.files({ 'a.csv': 'id,when\n1,9\n' });
    const problem = await problemOf(bed.propose(input));
    expect(problem).toMatchObject({ code: 'invalid_goal', place: 'cursor' });
    expect(problem.next).toContain('id, when');
  });

  it('has no lag', async () => {
    const lagging = { ...merge, cursor: { column: 'at', lag: '1h' } };
    await expect(bed.propose(lagging)).rejects.toThrow('each is read whole');
  });
});
