import { Bed, problemOf } from './bed';

describe('ingest with a cursor', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await Bed.make('cursor');
  });
  afterAll(() => bed.close());
  afterEach(() => bed.reset());

  const input = { from: { files: '*.csv' }, into: 'raw.t', cursor: 'at' };
  const ids = async (): Promise<unknown[]> =>
    (await bed.rows('select id::int from raw.t order by 1')).map((row) => row.id);

  it('loads only rows that are newer than everything loaded so far', async () => {
    await bed.files({ 'all.csv': 'id,at\n1,2020-01-01\n2,2020-01-03\n' });
    await bed.load(input);
    await bed.files({ 'all.csv': 'id,at\n1,2020-01-01\n2,2020-01-03\n3,2020-01-02\n4,2020-01-04\n' });
    const { change, rows } = await bed.load(input);
    expect(rows).toEqual({ read: 4, inserted: 1, updated: 0, deleted: 0, quarantined: 0 });
    expect(change.apply).toContain(`where "at" > '2020-01-03'::date`);
    expect(await ids()).toEqual([1, 2, 4]);
    expect(await bed.rows(`select cursor->>'after' as after from sluice.load order by loaded_at`)).toEqual([
      { after: '2020-01-03' },
      { after: '2020-01-04' },
    ]);
  });

  it('goes back when a load is undone', async () => {
    await bed.files({ 'a.csv': 'id,at\n1,10\n' });
    await bed.load(input);
    await bed.files({ 'b.csv': 'id,at\n2,20\n' });
    const { change } = await bed.load(input);
    await bed.undo(change);
    const { rows } = await bed.load(input);
    expect(rows.inserted).toBe(1);
    expect(await ids()).toEqual([1, 2]);
  });

  it('compares numbers as numbers', async () => {
    await bed.files({ 'a.csv': 'id,at\n1,9\n' });
    await bed.load(input);
    await bed.files({ 'b.csv': 'id,at\n2,10\n3,8\n' });
    await bed.load(input);
    expect(await ids()).toEqual([1, 2]);
  });

  it('keeps its position over a load that had nothing newer', async () => {
    await bed.files({ 'a.csv': 'id,at\n1,9\n' });
    await bed.load(input);
    await bed.files({ 'b.csv': 'id,at\n2,5\n' });
    expect((await bed.load(input)).rows.inserted).toBe(0);
    await bed.files({ 'c.csv': 'id,at\n3,7\n4,11\n' });
    await bed.load(input);
    expect(await ids()).toEqual([1, 4]);
  });

  it('merges only what is newer', async () => {
    const merge = { ...input, mode: 'merge', key: ['id'] };
    await bed.files({ 'a.csv': 'id,at,v\n1,1,a\n2,2,b\n' });
    await bed.load(merge);
    const before = await bed.fingerprint();
    await bed.files({ 'b.csv': 'id,at,v\n1,1,old\n2,3,B\n3,4,c\n' });
    const { change, rows } = await bed.load(merge);
    expect(rows).toEqual({ read: 3, inserted: 1, updated: 1, deleted: 0, quarantined: 0 });
    expect(await bed.rows('select id::int, v from raw.t order by 1')).toEqual([
      { id: 1, v: 'a' },
      { id: 2, v: 'B' },
      { id: 3, v: 'c' },
    ]);
    await bed.undo(change);
    expect(await bed.fingerprint()).toEqual(before);
  });

  it('is one for each source of a table', async () => {
    await bed.files({ 'a.csv': 'id,at\n1,9\n', 'b.csv': 'id,at\n2,5\n' });
    await bed.load({ ...input, from: { files: 'a.csv' } });
    expect((await bed.load({ ...input, from: { files: 'b.csv' } })).rows.inserted).toBe(1);
  });

  it('refuses a row without a cursor, with its place', async () => {
    await bed.files({ 'a.csv': 'id,at\n1,9\n2,\n' });
    const problem = await problemOf(bed.propose(input));
    expect(problem).toMatchObject({ code: 'source_invalid', place: 'a.csv:3:at' });
  });

  it('says which columns there are when the cursor is none of them', async () => {
    await bed.files({ 'a.csv': 'id,when\n1,9\n' });
    const problem = await problemOf(bed.propose(input));
    expect(problem).toMatchObject({ code: 'invalid_goal', place: 'cursor' });
    expect(problem.next).toContain('id, when');
  });
});
