import { Bed } from './bed';

describe('a rehearsal of ingest', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await Bed.make('rehearsal');
  });
  afterAll(() => bed.close());
  afterEach(() => bed.reset());

  const lines = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_, at) => `${from + at},"value\n${from + at}"\n`).join('');

  it('runs the same apply, verify and undo over the first rows of the first files', async () => {
    await bed.files({
      'a.csv': `id,v\n${lines(0, 60)}`,
      'b.csv': `id,v\n${lines(60, 160)}`,
      'c.csv': `id,v\n${lines(160, 170)}`,
    });
    const before = await bed.fingerprint();
    const change = await bed.propose({ from: { files: '*.csv' }, into: 'raw.t', key: ['id'] });
    const { applied, checks } = await bed.apply(change, { sources: bed.sources(100) });
    expect(applied.rows).toEqual({ read: 100, inserted: 100, updated: 0, deleted: 0, quarantined: 0 });
    expect(checks.filter((check) => !check.ok)).toEqual([]);
    expect(checks.map((check) => check.name)).toEqual([
      'rows_read',
      'rows_accounted',
      'quarantine',
      'rows_written',
      'key (id)',
    ]);
    expect(await bed.rows('select min(id)::int, max(id)::int from raw.t')).toEqual([{ min: 0, max: 99 }]);
    await bed.undo(change);
    expect(await bed.fingerprint()).toEqual(before);
  });

  it('sets aside the bad rows of the sample only', async () => {
    await bed.files({ 'a.csv': `id\n${'1\n'.repeat(5)}x\n${'2\n'.repeat(50)}y\nz\n` });
    const change = await bed.propose({
      from: { files: '*.csv', types: { id: 'bigint' } },
      into: 'raw.t',
      quarantine: { limit: 3 },
    });
    const { applied } = await bed.apply(change, { sources: bed.sources(10) });
    expect(applied.rows).toEqual({ read: 10, inserted: 9, updated: 0, deleted: 0, quarantined: 1 });
    expect(await bed.rows('select line::int from sluice.quarantine')).toEqual([{ line: 7 }]);
  });

  it('of a merge over sampled rows proves its undo', async () => {
    await bed.files({ 'a.csv': `id,v\n${lines(0, 50)}` });
    const input = { from: { files: '*.csv' }, into: 'raw.t', mode: 'merge', key: ['id'] };
    await bed.load(input);
    // What a shadow has: rows that no load of its ledger wrote, and no ledger rows.
    await bed.admin.query(
      'create table copy as table raw.t; truncate raw.t; insert into raw.t table copy; drop table copy',
    );
    const live = await bed.rows('select count(*)::int as n from sluice.load');
    expect(live).toEqual([{ n: 1 }]);
    await bed.files({ 'b.csv': `id,v\n${lines(40, 140).replaceAll('value', 'other')}` });
    const change = await bed.propose(input);
    await bed.admin.query('truncate sluice.change cascade');
    const before = await bed.fingerprint();
    const { applied } = await bed.apply(change, { sources: bed.sources(20) });
    expect(applied.rows).toEqual({ read: 20, inserted: 10, updated: 10, deleted: 0, quarantined: 0 });
    await bed.undo(change);
    expect(await bed.fingerprint()).toEqual(before);
  });

  it.each(['\n', '\r\n', '\r'])('cuts files with line end %j between two records', async (end) => {
    await bed.files({ 'a.csv': `id,v${end}1,"a${end}b"${end}${end}2,c${end}3,d${end}` });
    const change = await bed.propose({ from: { files: '*.csv' }, into: 'raw.t' });
    const { applied } = await bed.apply(change, { sources: bed.sources(2) });
    expect(applied.rows).toMatchObject({ read: 2, inserted: 2 });
    expect(await bed.rows('select id::int, v from raw.t')).toEqual([
      { id: 1, v: `a${end}b` },
      { id: 2, v: 'c' },
    ]);
  });

  it('does not read beyond the sample', async () => {
    await bed.files({ 'a.jsonl': `{"id":1}\n{"id":2}\n${'{"id":3}\n'.repeat(100_000)}` });
    const change = await bed.propose({ from: { files: '*.jsonl' }, into: 'raw.t' });
    const started = performance.now();
    const { applied } = await bed.apply(change, { sources: bed.sources(2) });
    expect(applied.rows).toMatchObject({ read: 2, inserted: 2 });
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
