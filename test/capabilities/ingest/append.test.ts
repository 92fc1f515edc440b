import { Bed, problemOf } from './bed';

describe('ingest, mode append', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await Bed.make('append');
  });
  afterAll(() => bed.close());
  afterEach(() => bed.reset());

  const input = { from: { files: '*.csv' }, into: 'raw.people' };

  it('creates schema and table with the types of all the data, and loads every row', async () => {
    await bed.files({ 'a.csv': 'id,name,born,paid\n1,Ann,1990-02-28,2.50\n2,"Bo, Jr",,\n' });
    const { change, rows } = await bed.load(input);
    expect(change.title).toBe('append 1 file (2 rows) to the new table raw.people');
    expect(change).toMatchObject({ risk: 'additive', routine: true, lossy: [], writes: ['raw.people'] });
    expect(rows).toEqual({ read: 2, inserted: 2, updated: 0, deleted: 0, quarantined: 0 });
    expect(await bed.types('raw.people')).toEqual({
      id: 'bigint',
      name: 'text',
      born: 'date',
      paid: 'numeric',
    });
    expect(await bed.rows('select id::int, name, born::text, paid from raw.people order by id')).toEqual([
      { id: 1, name: 'Ann', born: '1990-02-28', paid: '2.50' },
      { id: 2, name: 'Bo, Jr', born: null, paid: null },
    ]);
  });

  it('has nothing to do when every file is loaded, and says so', async () => {
    await bed.files({ 'a.csv': 'id\n1\n', 'b.csv': 'id\n2\n' });
    await bed.load(input);
    const again = await bed.propose(input);
    expect(again.noop).toBe(true);
    expect(again.title).toBe('nothing new in the files: all 2 files are loaded (raw.people)');
  });

  it('loads only the files that are new', async () => {
    await bed.files({ 'a.csv': 'id,v\n1,x\n' });
    await bed.load(input);
    await bed.files({ 'b.csv': 'id,v\n2,y\n' });
    const { change, rows } = await bed.load(input);
    expect(change.title).toBe('append 1 file (1 row) to raw.people');
    expect(rows.inserted).toBe(1);
    expect(await bed.rows('select id::int from raw.people order by 1')).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('warns that a changed file is added again', async () => {
    await bed.files({ 'a.csv': 'id,v\n1,x\n' });
    await bed.load(input);
    await bed.files({ 'a.csv': 'id,v\n1,z\n' });
    const change = await bed.propose(input);
    expect(change.findings).toEqual([
      expect.objectContaining({ rule: 'file_changed', severity: 'warning', place: 'a.csv' }),
    ]);
  });

  it('is undone to the byte: the created table and schema are gone', async () => {
    const before = await bed.fingerprint();
    await bed.files({ 'a.csv': 'id,v\n1,x\n' });
    const { change } = await bed.load(input);
    expect(await bed.fingerprint()).not.toEqual(before);
    await bed.undo(change);
    expect(await bed.fingerprint()).toEqual(before);
    expect((await bed.propose(input)).noop).toBe(false);
  });

  it('is undone in an existing table: its rows go, the others stay as they were', async () => {
    await bed.files({ 'a.csv': 'id,v\n1,x\n2,y\n' });
    await bed.load(input);
    await bed.admin.query(`insert into raw.people values (99, 'by hand')`);
    const before = await bed.fingerprint();
    await bed.files({ 'b.csv': 'id,v\n3,z\n' });
    const { change } = await bed.load(input);
    await bed.undo(change);
    expect(await bed.fingerprint()).toEqual(before);
  });

  it('refuses to be undone when one of its rows was changed, and changes nothing', async () => {
    await bed.files({ 'a.csv': 'id,v\n1,x\n2,y\n' });
    const { change } = await bed.load(input);
    await bed.admin.query(`update raw.people set v = 'mine' where id = 1`);
    const before = await bed.fingerprint();
    const problem = await problemOf(bed.undo(change));
    expect(problem).toMatchObject({ code: 'undo_refused', place: 'raw.people', step: 'load' });
    expect(problem.message).toContain(
      '1 of the 2 rows it wrote in raw.people was changed or deleted by others since',
    );
    expect(await bed.fingerprint()).toEqual(before);
  });

  it('refuses to drop a created table that holds rows of others', async () => {
    await bed.files({ 'a.csv': 'id,v\n1,x\n' });
    const { change } = await bed.load(input);
    await bed.admin.query(`insert into raw.people values (5, 'mine')`);
    const problem = await problemOf(bed.undo(change));
    expect(problem.code).toBe('undo_refused');
    expect(problem.message).toContain('it created raw.people, in which there is 1 row of others now');
  });

  it('refuses to drop a created table that a view stands on, naming the view', async () => {
    await bed.files({ 'a.csv': 'id,v\n1,x\n' });
    const { change } = await bed.load(input);
    await bed.admin.query('create view raw.v as select * from raw.people');
    const problem = await problemOf(bed.undo(change));
    expect(problem.code).toBe('undo_refused');
    expect(problem.message).toMatch(/view raw\.v depends on table raw\.people/);
  });

  it('keeps a schema that others use', async () => {
    await bed.files({ 'a.csv': 'id,v\n1,x\n' });
    const { change } = await bed.load(input);
    await bed.admin.query('create table raw.mine (x int)');
    await bed.undo(change);
    expect(Object.keys(await bed.fingerprint())).toEqual(expect.arrayContaining(['raw.*', 'raw.mine']));
  });

  it('of steps that run side by side and make one schema is undone whole, whichever made it', async () => {
    const before = await bed.fingerprint();
    await bed.files({ 'a.csv': 'id\n1\n', 'b.csv': 'id\n2\n' });
    const steps = [];
    for (const step of ['a', 'b']) {
      const change = await bed.propose(
        { from: { files: `${step}.csv` }, into: `raw.${step}` },
        'side-by-side',
      );
      steps.push({ ...change, id: `side-by-side.${step}`, step });
    }
    const [first, second] = steps;
    await Promise.all([bed.apply(second!), bed.apply(first!)]);
    await bed.undo(first!, second!);
    expect(await bed.fingerprint()).toEqual(before);
  });

  it('makes a primary key of a declared key', async () => {
    await bed.files({ 'a.csv': 'id,v\n1,x\n2,y\n' });
    const { change } = await bed.load({ ...input, key: ['id'] });
    expect(change.apply).toContain('alter table "raw"."people" add primary key ("id")');
    await bed.files({ 'b.csv': 'id,v\n2,z\n' });
    const problem = await problemOf(bed.load({ ...input, key: ['id'] }));
    expect(problem).toMatchObject({ code: 'source_invalid', place: 'b.csv:2' });
    expect(problem.message).toContain('its key is in the table already');
    expect(problem.next).toContain('mode: merge');
    expect(JSON.stringify(problem)).not.toContain('(2)');
  });

  it('names the key that occurs twice in a new table', async () => {
    await bed.files({ 'a.csv': 'id,v\n1,x\n1,y\n2,z\n' });
    const problem = await problemOf(bed.load({ ...input, key: ['id'] }));
    expect(problem.code).toBe('source_invalid');
    expect(problem.message).toContain('1 key (id) occurs more than once, in 2 rows');
    expect(await bed.fingerprint()).not.toHaveProperty('raw.people');
  });

  it('checks a key against the whole of a table that has no index on it', async () => {
    await bed.admin.query(
      'create schema raw; create table raw.people (id bigint, v text); insert into raw.people values (1)',
    );
    await bed.files({ 'a.csv': 'id,v\n1,x\n' });
    const problem = await problemOf(bed.load({ ...input, key: ['id'] }));
    expect(problem).toMatchObject({ code: 'check_failed' });
    expect(problem.message).toContain('key (id): 1 key occurs more than once');
  });

  it('fails when a trigger swallows rows: the source has more than arrived', async () => {
    await bed.admin.query(`create schema raw; create table raw.people (id bigint, v text);
      create function raw.f() returns trigger language plpgsql as 'begin if new.id = 2 then return null; end if; return new; end';
      create trigger swallow before insert on raw.people for each row execute function raw.f()`);
    await bed.files({ 'a.csv': 'id,v\n1,x\n2,y\n' });
    const problem = await problemOf(bed.load(input));
    expect(problem.code).toBe('check_failed');
    expect(problem.message).toContain('rows_read: the source has 2 rows, 1 were read');
    expect(await bed.rows('select count(*)::int as n from raw.people')).toEqual([{ n: 0 }]);
  });

  it('is stale when another run has loaded in between', async () => {
    await bed.files({ 'a.csv': 'id,v\n1,x\n' });
    await bed.load(input);
    await bed.files({ 'b.csv': 'id,v\n2,y\n' });
    const [one, two] = [await bed.propose(input), await bed.propose(input)];
    await bed.apply(one);
    const problem = await problemOf(bed.apply(two));
    expect(problem).toMatchObject({ code: 'proposal_stale', place: 'raw.people' });
    expect(await bed.rows('select count(*)::int as n from raw.people')).toEqual([{ n: 2 }]);
  });

  it('is stale when the load it goes on from was undone in between', async () => {
    await bed.files({ 'a.csv': 'id,v\n1,x\n' });
    await bed.load(input);
    await bed.files({ 'b.csv': 'id,v\n2,y\n' });
    const second = await bed.load(input);
    await bed.files({ 'c.csv': 'id,v\n3,z\n' });
    const third = await bed.propose(input);
    await bed.undo(second.change);
    expect(await problemOf(bed.apply(third))).toMatchObject({ code: 'proposal_stale' });
  });

  it('records the load and its files in the ledger', async () => {
    await bed.files({ 'a.csv': 'id,v\n1,x\n', 'b.csv': 'id,v\n2,y\n3,z\n' });
    const { change } = await bed.load(input);
    expect(
      await bed.rows('select load_id, relation, mode, rows_inserted::int, undone from sluice.load'),
    ).toEqual([
      { load_id: change.id, relation: 'raw.people', mode: 'append', rows_inserted: 3, undone: false },
    ]);
    expect(await bed.rows('select path, size::int, rows::int from sluice.load_file order by path')).toEqual([
      { path: 'a.csv', size: 9, rows: 1 },
      { path: 'b.csv', size: 13, rows: 2 },
    ]);
  });
});
