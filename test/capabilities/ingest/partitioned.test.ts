import { Bed } from './bed';

describe('ingest into a partitioned table', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await Bed.make('partitioned');
  });
  afterAll(() => bed.close());

  it.each(['append', 'merge', 'replace'] as const)('%s loads, and is undone exactly', async (mode) => {
    await bed.reset();
    await bed.admin
      .query(`create schema raw; create table raw.t (id bigint primary key, v text) partition by range (id);
      create table raw.t1 partition of raw.t for values from (0) to (10);
      create table raw.t2 partition of raw.t for values from (10) to (20);
      insert into raw.t values (1, 'a'), (11, 'b')`);
    const before = await bed.fingerprint();
    await bed.files({ 'a.csv': mode === 'append' ? 'id,v\n2,c\n12,d\n' : 'id,v\n1,A\n2,c\n11,B\n12,d\n' });
    const { change, rows } = await bed.load({ from: { files: 'a.csv' }, into: 'raw.t', mode, key: ['id'] });
    expect(rows).toMatchObject(
      {
        append: { inserted: 2, updated: 0, deleted: 0 },
        merge: { inserted: 2, updated: 2, deleted: 0 },
        replace: { inserted: 4, updated: 0, deleted: 2 },
      }[mode],
    );
    await bed.undo(change);
    expect(await bed.fingerprint()).toEqual(before);
  });
});
