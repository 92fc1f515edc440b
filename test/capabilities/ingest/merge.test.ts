import { Bed, problemOf } from './bed';

describe('ingest, mode merge', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await Bed.make('merge');
  });
  afterAll(() => bed.close());
  afterEach(() => bed.reset());

  const input = { from: { files: '*.csv' }, into: 'raw.t', mode: 'merge', key: ['id'] };
  const table = (): Promise<unknown[]> => bed.rows('select id::int, v, n::text from raw.t order by id');

  it('adds what is new, updates what differs, and does not touch what is the same', async () => {
    await bed.files({ 'a.csv': 'id,v,n\n1,a,1.5\n2,b,2.5\n3,c,3.5\n' });
    await bed.load(input);
    const [before] = await bed.rows('select xmin::text, ctid::text from raw.t where id = 1');
    await bed.files({ 'b.csv': 'id,v,n\n1,a,1.5\n2,B,2.5\n3,c,3.50\n4,d,\n' });
    const { change, rows } = await bed.load(input);
    expect(change).toMatchObject({ risk: 'rewriting', routine: true });
    expect(change.title).toBe('merge 1 file (4 rows) into raw.t by id');
    expect(rows).toEqual({ read: 4, inserted: 1, updated: 2, deleted: 0, quarantined: 0 });
    expect(await table()).toEqual([
      { id: 1, v: 'a', n: '1.5' },
      { id: 2, v: 'B', n: '2.5' },
      // The same number, but not what the source says: 3.50 has another precision.
      { id: 3, v: 'c', n: '3.50' },
      { id: 4, v: 'd', n: null },
    ]);
    expect(await bed.rows('select xmin::text, ctid::text from raw.t where id = 1')).toEqual([before]);
  });

  it('is undone: updated rows are as they were, new ones are gone', async () => {
    await bed.files({ 'a.csv': 'id,v,n\n1,a,1\n2,b,2\n' });
    await bed.load(input);
    const before = await bed.fingerprint();
    await bed.files({ 'b.csv': 'id,v,n\n2,B,2\n3,c,3\n' });
    const { change } = await bed.load(input);
    await bed.undo(change);
    expect(await bed.fingerprint()).toEqual(before);
    expect(await bed.rows(`select relname from pg_class where relname like 'before_%'`)).toEqual([]);
  });

  it('can be undone one after the other, back to nothing', async () => {
    const states = [await bed.fingerprint()];
    const loads = [];
    for (const [name, content] of [
      ['a.csv', 'id,v,n\n1,a,1\n2,b,2\n3,c,3\n'],
      ['b.csv', 'id,v,n\n2,B,2\n4,d,4\n'],
      ['c.csv', 'id,v,n\n1,AA,1\n2,BB,2\n4,DD,4\n5,e,5\n'],
    ] as const) {
      await bed.files({ [name]: content });
      loads.push((await bed.load(input)).change);
      states.push(await bed.fingerprint());
    }
    for (let last = loads.length - 1; last >= 0; last--) {
      await bed.undo(loads[last]!);
      expect(await bed.fingerprint()).toEqual(states[last]);
    }
  });

  it('of two steps of one run can be undone together', async () => {
    await bed.files({ 'a.csv': 'id,v,n\n1,a,1\n2,b,2\n', 'b.csv': 'id,v,n\n2,B,2\n3,c,3\n' });
    const before = await bed.fingerprint();
    const first = await bed.propose({ ...input, from: { files: 'a.csv' } }, 'run-x');
    await bed.apply(first);
    const second = await bed.propose({ ...input, from: { files: 'b.csv' } }, 'run-x');
    const renamed = { ...second, id: 'run-x.more.2', step: 'more' };
    await bed.apply(renamed);
    await bed.undo(first, renamed);
    expect(await bed.fingerprint()).toEqual(before);
  });

  it('undo gives rows back that nobody knows the load of', async () => {
    await bed.admin.query(
      `create schema raw; create table raw.t (id bigint, v text, n numeric, extra int default 7); insert into raw.t values (1, 'x', 1, 42)`,
    );
    const before = await bed.fingerprint();
    await bed.files({ 'a.csv': 'id,v,n\n1,y,1\n2,z,2\n' });
    const { change, rows } = await bed.load(input);
    expect(change.routine).toBe(false);
    expect(rows).toMatchObject({ inserted: 1, updated: 1 });
    expect(await bed.rows('select id::int, extra from raw.t order by 1')).toEqual([
      { id: 1, extra: 42 },
      { id: 2, extra: 7 },
    ]);
    await bed.undo(change);
    expect(await bed.fingerprint()).toEqual(before);
  });

  it('refuses to be undone when a row that it updated was changed since', async () => {
    await bed.files({ 'a.csv': 'id,v,n\n1,a,1\n2,b,2\n' });
    await bed.load(input);
    await bed.files({ 'b.csv': 'id,v,n\n1,A,1\n2,B,2\n' });
    const { change } = await bed.load(input);
    await bed.admin.query(`update raw.t set v = 'mine' where id = 2`);
    const before = await bed.fingerprint();
    const problem = await problemOf(bed.undo(change));
    expect(problem).toMatchObject({ code: 'undo_refused' });
    expect(problem.message).toContain('1 of the 2 rows it wrote in raw.t was changed');
    expect(await bed.fingerprint()).toEqual(before);
  });

  it('refuses a key that occurs twice in the load, and a null in the key', async () => {
    await bed.files({ 'a.csv': 'id,v,n\n1,a,1\n' });
    await bed.load(input);
    await bed.files({ 'b.csv': 'id,v,n\n7,a,1\n7,b,2\n7,c,3\n' });
    const twice = await problemOf(bed.load(input));
    expect(twice.code).toBe('source_invalid');
    expect(twice.message).toContain('1 key (id) occurs more than once, in 3 rows');
    await bed.files({ 'b.csv': 'id,v,n\n8,a,1\n,b,2\n' });
    const missing = await problemOf(bed.propose(input));
    expect(missing.code).toBe('source_invalid');
    expect(missing.message).toContain('b.csv:3:id: null, where a value is needed');
  });

  it('by several columns, among them strange names', async () => {
    const odd = { ...input, key: ['Year "x"', 'b'], from: { files: '*.csv' } };
    await bed.files({ 'a.csv': '"Year ""x""",b,v\n1,1,p\n1,2,q\n' });
    await bed.load(odd);
    await bed.files({ 'b.csv': '"Year ""x""",b,v\n1,2,Q\n2,1,r\n' });
    const { rows } = await bed.load(odd);
    expect(rows).toMatchObject({ inserted: 1, updated: 1 });
    expect(await bed.rows('select year_x::int as y, b::int, v from raw.t order by 1, 2')).toEqual([
      { y: 1, b: 1, v: 'p' },
      { y: 1, b: 2, v: 'Q' },
      { y: 2, b: 1, v: 'r' },
    ]);
  });

  it('says that triggers are not undone', async () => {
    await bed.admin.query(`create schema raw; create table raw.t (id bigint primary key, v text, n numeric);
      create function raw.f() returns trigger language plpgsql as 'begin return new; end';
      create trigger audit before update on raw.t for each row execute function raw.f()`);
    await bed.files({ 'a.csv': 'id,v,n\n1,a,1\n' });
    const change = await bed.propose(input);
    expect(change.lossy).toEqual([expect.stringContaining('audit')]);
  });

  it('never updates identity and generated columns', async () => {
    await bed.admin.query(`create schema raw; create table raw.t (
      row_id int generated always as identity, id bigint primary key, v text, n numeric, twice numeric generated always as (n * 2) stored)`);
    await bed.files({ 'a.csv': 'id,v,n\n1,a,1\n2,b,2\n' });
    await bed.load(input);
    const before = await bed.rows('select * from raw.t order by id');
    await bed.files({ 'b.csv': 'id,v,n\n1,a,10\n3,c,3\n' });
    const { change } = await bed.load(input);
    expect(await bed.rows('select id::int, twice from raw.t order by id')).toEqual([
      { id: 1, twice: '20' },
      { id: 2, twice: '4' },
      { id: 3, twice: '6' },
    ]);
    await bed.undo(change);
    expect(await bed.rows('select * from raw.t order by id')).toEqual(before);
  });
});
