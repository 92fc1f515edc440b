import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { Bed } from './bed';

/** Buffers are used again while bytes are under way: rows of very different sizes would show one used too early. */
describe('ingest of many megabytes', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await Bed.make('large');
  });
  afterAll(() => bed.close());
  afterEach(() => bed.reset());

  const sizes = [10, 300_000, 5, 70_000, 40, 1_000, 200_000, 3, 65_536, 262_144];
  const rows = Array.from({ length: 150 }, (_, id) => {
    const size = sizes[id % sizes.length]!;
    return {
      id,
      v: createHash('sha256')
        .update(String(id))
        .digest('hex')
        .repeat(Math.ceil(size / 64))
        .slice(0, size),
    };
  });
  const wanted = rows.map(({ id, v }) => ({ id, sum: createHash('md5').update(v).digest('hex') }));
  const sums = (table: string): Promise<unknown[]> =>
    bed.rows(`select id::int, md5(v) as sum from ${table} order by id`);
  const csv = (quote: string): string =>
    `id,v\n${rows.map(({ id, v }) => `${id},${quote}${v}${quote}\n`).join('')}`;
  const jsonl = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const types = { v: 'text' };

  it.each([
    ['CSV as it is', 'x.csv', csv(''), {}, true],
    ['quoted CSV as it is', 'x.csv', csv('"'), {}, true],
    ['CSV that is rewritten', 'x.csv', csv('').replace('\n', '\r\n'), {}, false],
    ['CSV without quotes, rewritten', 'x.csv', csv(''), { quote: '' }, false],
    ['gzip', 'x.csv.gz', gzipSync(csv('')), {}, true],
    ['another encoding', 'x.csv', Buffer.from(csv(''), 'utf16le'), { encoding: 'utf-16le' }, true],
    ['JSON lines', 'x.jsonl', jsonl, {}, false],
  ])('%s arrives whole', async (_, name, content, more, direct) => {
    await bed.files({ [name]: content });
    const { change } = await bed.load({ from: { files: name, types, ...more }, into: 'raw.t' });
    const { from } = change.body;
    expect(from.kind === 'files' && from.files[0]!.direct !== null).toBe(direct);
    expect(await sums('raw.t')).toEqual(wanted);
  });

  it('another PostgreSQL arrives whole', async () => {
    await bed.files({ 'x.csv': csv('') });
    await bed.load({ from: { files: 'x.csv', types }, into: 'raw.source' });
    await bed.load({ from: { postgres: 'self', table: 'raw.source' }, into: 'raw.t' });
    expect(await sums('raw.t')).toEqual(wanted);
  });
});
