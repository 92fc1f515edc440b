import { Bed, problemOf } from './bed';

describe('ingest, mode replace', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await Bed.make('replace');
  });
  afterAll(() => bed.close());
  afterEach(() => bed.reset());

  const input = { from: { files: '*.csv' }, into: 'raw.t', mode: 'replace' };
  const ids = async (): Promise<unknown[]> =>
    (await bed.rows('select id::int from raw.t order by 1')).map((row) => row.id);

  it('puts the files in the place of all rows', async () => {
    await bed.files({ 'a.csv': 'id,v\n1,a\n2,b\n' });
    expect((await bed.load(input)).change.title).toBe('load 1 file (2 rows) into the new table raw.t');
    await bed.files({ 'a.csv': 'id,v\n3,c\n' });
    const { change, rows } = await bed.load(input);
    expect(change).toMatchObject({
      title: 'replace raw.t by 1 file (1 row)',
      risk: 'rewriting',
      routine: true,
    });
    expect(rows).toEqual({ read: 1, inserted: 1, updated: 0, deleted: 2, quarantined: 0 });
    expect(change.estimate.undoBytes).toBeGreaterThan(0);
    expect(await ids()).toEqual([3]);
  });

  it('has nothing to do when the files are the ones that are in it', async () => {
    await bed.files({ 'a.csv': 'id,v\n1,a\n', 'b.csv': 'id,v\n2,b\n' });
    await bed.load(input);
    expect(await bed.propose(input)).toMatchObject({
      noop: true,
      title: 'nothing new in the files: the 2 files of raw.t are unchanged',
    });
    await bed.files({ 'c.csv': 'id,v\n3,c\n' });
    expect((await bed.propose(input)).noop).toBe(false);
  });

  it('is undone: the rows, the table and what stands on it are as they were', async () => {
    await bed.files({ 'a.csv': 'id,v\n1,a\n2,b\n' });
    await bed.load(input);
    await bed.admin.query(`insert into raw.t values (9, 'by hand'); create index on raw.t (v);
      create view raw.v as select count(*) from raw.t; grant select on raw.t to public`);
    const before = await bed.fingerprint();
    await bed.files({ 'a.csv': 'id,v\n3,c\n' });
    const { change } = await bed.load(input);
    expect(await bed.rows('select count::int from raw.v')).toEqual([{ count: 1 }]);
    await bed.undo(change);
    expect(await bed.fingerprint()).toEqual(before);
    expect(await bed.rows(`select relname from pg_class where relname like 'trash_%'`)).toEqual([]);
  });

  it('can be undone after an append, and then the append can', async () => {
    const nothing = await bed.fingerprint();
    await bed.files({ 'a.csv': 'id,v\n1,a\n2,b\n' });
    const first = await bed.load({ ...input, mode: 'append' });
    const before = await bed.fingerprint();
    const second = await bed.load(input);
    await bed.undo(second.change);
    expect(await bed.fingerprint()).toEqual(before);
    await bed.undo(first.change);
    expect(await bed.fingerprint()).toEqual(nothing);
  });

  it('shows a reader in an older snapshot the rows of that snapshot, never an empty table', async () => {
    await bed.files({ 'a.csv': 'id,v\n1,a\n2,b\n' });
    await bed.load(input);
    await bed.admin.query('begin isolation level repeatable read');
    expect(await ids()).toEqual([1, 2]);
    await bed.files({ 'a.csv': 'id,v\n3,c\n' });
    await bed.load(input);
    expect(await ids()).toEqual([1, 2]);
    await bed.admin.query('commit');
    expect(await ids()).toEqual([3]);
  });

  it('is destructive where Sluice did not make the table', async () => {
    await bed.admin.query(`create schema raw; create table raw.t (id bigint, v text)`);
    await bed.files({ 'a.csv': 'id,v\n1,a\n' });
    expect(await bed.propose(input)).toMatchObject({ risk: 'destructive', routine: false });
  });

  it('refuses a table whose rows others refer to', async () => {
    await bed.admin.query(`create schema raw; create table raw.t (id bigint primary key, v text);
      create table raw.child (t bigint references raw.t)`);
    await bed.files({ 'a.csv': 'id,v\n1,a\n' });
    const problem = await problemOf(bed.propose(input));
    expect(problem).toMatchObject({ code: 'target_mismatch', place: 'raw.t' });
    expect(problem.message).toContain('raw.child');
  });

  it('keeps what it sets aside from every reader but the owner', async () => {
    await bed.files({ 'a.csv': 'id,v\n1,secret\n' });
    await bed.load(input);
    await bed.files({ 'a.csv': 'id,v\n2,b\n' });
    const { change } = await bed.load(input);
    const [kept] = await bed.rows(
      `select oid::regclass::text as name from pg_class where relname like 'trash_%'`,
    );
    const seen = bed.place.read((session) =>
      session.query(`select count(*)::int as n from ${kept!.name as string}`),
    );
    await expect(seen).rejects.toThrow(/Row security may hide rows/);
    expect(await bed.rows(`select count(*)::int as n from ${kept!.name as string}`)).toEqual([{ n: 1 }]);
    await bed.undo(change);
    expect(await ids()).toEqual([1]);
  });
});
