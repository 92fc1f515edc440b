import { symlink, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { Bed, problemOf } from './bed';

describe('ingest, given what it cannot use', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await Bed.make('bad_input');
  });
  afterAll(() => bed.close());
  afterEach(() => bed.reset());

  const input = { from: { files: '*.csv' }, into: 'raw.t' };
  const refusal = async (content: string | Buffer, more: object = {}): ReturnType<typeof problemOf> => {
    await bed.files({ 'x.csv': content });
    return problemOf(bed.propose({ ...input, ...more }));
  };

  it('an empty file', async () => {
    expect(await refusal('')).toMatchObject({
      code: 'source_invalid',
      message: 'x.csv is empty: it has not even a header.',
      place: 'x.csv',
    });
  });

  it('a file with a header only is a load of no rows', async () => {
    await bed.files({ 'x.csv': 'a,b\n' });
    expect((await bed.load(input)).rows).toMatchObject({ read: 0, inserted: 0 });
    expect(await bed.types('raw.t')).toEqual({ a: 'text', b: 'text' });
  });

  it.each([
    ['an Excel workbook', Buffer.from('504b0304140000000800', 'hex'), /ZIP archive or an Excel workbook/],
    ['a Parquet file', Buffer.from('PAR1\x15\x04\x15'), /Parquet/],
    ['gzip under a plain name', gzipSync('a,b\n1,2\n'), /gzip-compressed, not text/],
    ['UTF-16 that is not declared', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'), /UTF-16/],
  ])('%s', async (_, content, message) => {
    const problem = await refusal(content);
    expect(problem).toMatchObject({ code: 'source_invalid', place: 'x.csv' });
    expect(problem.message).toMatch(message);
  });

  it('bytes that are no text at all', async () => {
    let seed = 1;
    const noise = Buffer.from(
      Array.from({ length: 100_000 }, () => (seed = (seed * 48271) % 2147483647) & 0xff),
    );
    const problem = await refusal(noise);
    expect(problem.code).toBe('source_invalid');
    expect(problem.message).toMatch(/x\.csv has (a NUL byte|bytes that are not UTF-8) in its first line/);
  });

  it('ragged rows, each with its place', async () => {
    const problem = await refusal('a,b\n1,2\n3\n4,5,6\n7,8\n');
    expect(problem.code).toBe('source_invalid');
    expect(problem.message).toContain('2 of 4 rows do not fit');
    expect(problem.faults).toEqual([
      { path: 'x.csv:3', message: '1 field instead of 2' },
      { path: 'x.csv:4', message: '3 fields instead of 2' },
    ]);
    expect(problem.next).toContain('quarantine: { limit: 2 }');
  });

  it('names the first ten places and counts the rest', async () => {
    const problem = await refusal(`a,b\n${'1\n'.repeat(25)}`);
    expect(problem.faults).toHaveLength(10);
    expect(problem.message).toContain('and 15 more');
  });

  it('a NUL byte', async () => {
    const problem = await refusal('a,b\n1,x\0y\n2,z\n');
    expect(problem.faults).toEqual([{ path: 'x.csv:2', message: 'a NUL byte' }]);
  });

  it('bad UTF-8', async () => {
    const problem = await refusal(
      Buffer.from([...Buffer.from('a,b\n1,x\n2,'), 0xc3, 0x28, ...Buffer.from('\n3,ü\n')]),
    );
    expect(problem.faults).toEqual([{ path: 'x.csv:3', message: 'bytes that are not UTF-8' }]);
  });

  it('a byte order mark is no part of the first name', async () => {
    await bed.files({ 'x.csv': '\ufeffid,v\n1,a\n' });
    await bed.load(input);
    expect(await bed.types('raw.t')).toEqual({ id: 'bigint', v: 'text' });
  });

  it('a line of 100 MB, without holding it', async () => {
    const file = path.join(bed.root, 'x.csv');
    await writeFile(file, 'a,b\n1,2\n3,');
    for (let mb = 0; mb < 100; mb++) await writeFile(file, Buffer.alloc(1024 * 1024, 'x'), { flag: 'a' });
    const before = process.memoryUsage.rss();
    const problem = await problemOf(bed.propose(input));
    expect(problem).toMatchObject({
      code: 'source_invalid',
      message: 'x.csv:3 begins a record longer than 16 MiB.',
      place: 'x.csv:3',
    });
    expect(process.memoryUsage.rss() - before).toBeLessThan(80 * 1024 * 1024);
  });

  it('a quote that is never closed', async () => {
    expect(await refusal('a,b\n1,x\n2,"y\n3,z\n')).toMatchObject({
      code: 'source_invalid',
      message: 'x.csv:3:3 opens a quote that is never closed.',
      place: 'x.csv:3:3',
    });
  });

  it('stray quotes', async () => {
    const problem = await refusal('a,b\n1,5" pipe\n2,"x"y\n3,"ok"\n');
    expect(problem.faults).toEqual([
      { path: 'x.csv:2', message: 'a quote inside a field that does not begin with one' },
      { path: 'x.csv:3', message: 'text after a closing quote' },
    ]);
  });

  it.each([
    ['../secret.csv', 'it has a ".." in it'],
    ['/etc/passwd', 'it is absolute'],
    ['{..,x}/secret.csv', 'it has a ".." in it'],
  ])('the path %s', async (files, why) => {
    const problem = await problemOf(bed.propose({ ...input, from: { files } }));
    expect(problem).toMatchObject({ code: 'path_escapes_root', place: files });
    expect(problem.message).toContain(why);
  });

  it('a link that leads out of the root', async () => {
    await symlink('/etc/passwd', path.join(bed.root, 'x.csv'));
    expect(await problemOf(bed.propose(input))).toMatchObject({ code: 'path_escapes_root', place: 'x.csv' });
  });

  it('a pattern that matches nothing', async () => {
    expect(await problemOf(bed.propose(input))).toMatchObject({
      code: 'source_missing',
      message: 'No file matches "*.csv".',
    });
  });

  it('a file that disappears between proposal and load', async () => {
    await bed.files({ 'x.csv': 'a,b\n1,2\n' });
    const change = await bed.propose(input);
    await unlink(path.join(bed.root, 'x.csv'));
    expect(await problemOf(bed.apply(change))).toMatchObject({ code: 'source_gone', place: 'x.csv' });
    expect(await bed.fingerprint()).not.toHaveProperty('raw.t');
  });

  it.each([
    ['grows', 'a,b\n1,2\n3,4\n'],
    ['changes a byte', 'a,b\n1,3\n'],
    ['shrinks', 'a,b\n'],
  ])('a file that %s between proposal and load', async (_, content) => {
    await bed.files({ 'x.csv': 'a,b\n1,2\n' });
    const change = await bed.propose(input);
    await bed.files({ 'x.csv': content });
    const problem = await problemOf(bed.apply(change));
    expect(problem).toMatchObject({ code: 'proposal_stale', place: 'x.csv' });
    expect(await bed.fingerprint()).not.toHaveProperty('raw.t');
    expect(await bed.rows('select * from sluice.load')).toEqual([]);
  });

  it('a damaged gzip file', async () => {
    await bed.files({ 'x.csv.gz': gzipSync('a,b\n1,2\n'.repeat(1000)).subarray(0, 40) });
    const problem = await problemOf(bed.propose({ ...input, from: { files: '*.gz' } }));
    expect(problem).toMatchObject({ code: 'source_invalid', place: 'x.csv.gz' });
    expect(problem.message).toContain('not a whole gzip file');
  });

  it('files with different columns', async () => {
    await bed.files({ 'a.csv': 'id,v\n1,a\n', 'b.csv': 'id,w\n2,b\n' });
    const problem = await problemOf(bed.propose(input));
    expect(problem).toMatchObject({ code: 'source_invalid', place: 'b.csv' });
    expect(problem.message).toBe('b.csv does not have the columns of a.csv: it lacks v, has w besides.');
  });

  it('a key column that does not exist', async () => {
    expect(await refusal('a,b\n1,2\n', { mode: 'merge', key: ['nope'] })).toMatchObject({
      code: 'invalid_goal',
      place: 'key',
      next: 'It has: a, b.',
    });
  });

  it('a type that PostgreSQL does not know', async () => {
    expect(await refusal('a,b\n1,2\n', { from: { files: '*.csv', types: { a: 'integr' } } })).toMatchObject({
      code: 'invalid_goal',
      place: 'from.types.a',
    });
  });

  it('a table with other columns, every difference named', async () => {
    await bed.admin.query('create schema raw; create table raw.t (a bigint, c text, d int default 1)');
    const problem = await refusal('a,b\n1,2\n');
    expect(problem).toMatchObject({ code: 'target_mismatch', place: 'raw.t' });
    expect(problem.faults).toEqual([
      { path: 'raw.t.b', message: 'is in the source, not in the table' },
      { path: 'raw.t.c', message: 'is in the table, not in the source' },
    ]);
  });

  it('a table with types that the values do not fit', async () => {
    await bed.admin.query('create schema raw; create table raw.t (a smallint, b varchar(3))');
    const problem = await refusal('a,b\n1,abc\n40000,x\n2,abcd\n3,äöü\n');
    expect(problem.code).toBe('source_invalid');
    expect(problem.faults).toEqual([
      { path: 'x.csv:3:a', message: 'not a smallint' },
      { path: 'x.csv:4:b', message: 'not text of at most 3 characters' },
    ]);
  });

  it('a view as target', async () => {
    await bed.admin.query('create schema raw; create view raw.t as select 1 as a');
    const problem = await refusal('a\n1\n');
    expect(problem).toMatchObject({ code: 'target_mismatch', message: 'raw.t is a view, not a table.' });
  });

  it('a table that others inherit from', async () => {
    await bed.admin.query(
      'create schema raw; create table raw.t (a int); create table raw.c () inherits (raw.t)',
    );
    expect(await refusal('a\n1\n')).toMatchObject({ code: 'target_mismatch', place: 'raw.t' });
  });

  it('a value that only PostgreSQL can judge fails the load with its place, without the value', async () => {
    await bed.admin.query('create schema raw; create table raw.t (a bigint, b inet)');
    await bed.files({ 'x.csv': 'a,b\n1,10.0.0.1\n2,s3cret\n' });
    const change = await bed.propose(input);
    expect(change.findings).toEqual([expect.objectContaining({ rule: 'unchecked_type' })]);
    const problem = await problemOf(bed.apply(change));
    expect(problem).toMatchObject({ code: 'source_invalid', place: 'x.csv:3' });
    expect(problem.message).toContain('column b');
    expect(JSON.stringify(problem)).not.toContain('s3cret');
  });

  it('a name that does not say the format', async () => {
    await bed.files({ 'x.dat': 'a\n1\n' });
    expect(await problemOf(bed.propose({ ...input, from: { files: '*.dat' } }))).toMatchObject({
      code: 'source_invalid',
      next: expect.stringContaining('format: csv') as string,
    });
  });

  it('is told to stop while it reads', async () => {
    await bed.files({ 'x.csv': `a,b\n${'1,2\n'.repeat(200_000)}` });
    const stop = new AbortController();
    const beats: unknown[] = [];
    const heartbeat = (details: unknown): void => {
      beats.push(details);
      stop.abort();
    };
    const problem = await problemOf(bed.propose(input, 'stopped', { signal: stop.signal, heartbeat }));
    expect(problem.code).toBe('cancelled');
    expect(beats).toEqual([expect.objectContaining({ phase: 'looking', files: 1 })]);
  });
});
