import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { SluiceError } from '../../../schemas/errors';
import { Bed } from './bed';

/** Any text that PostgreSQL can hold. */
const text = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.string({
      unit: fc.constantFrom('"', ',', '\n', '\r', '\\', '.', ';', '\t', ' ', 'a', 'NA', 'ü', '𝄞'),
      maxLength: 6,
    }),
    fc.constantFrom('', 'NA', 'NULL', '\\N', '\\.', 'true', '1', '2020-01-01', '007', '1e5'),
  )
  .map((value) => value.replaceAll('\0', ''));
const cell = fc.option(text, { nil: null, freq: 6 });

const style = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  quote: fc.constantFrom('"', "'"),
  lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
  lastLineEnd: fc.boolean(),
  bom: fc.boolean(),
  gzip: fc.boolean(),
  quoteAll: fc.boolean(),
  escape: fc.constant<string>(''),
  nulls: fc.constantFrom<string[]>(['NA'], [''], ['', 'NA'], ['\\N', 'NULL']),
});
type Style = typeof style extends fc.Arbitrary<infer T> ? T : never;

/** A table as CSV: what must be quoted is, what looks like a null is, nulls take turns between their spellings. */
function write(rows: (string | null)[][], header: string[], s: Style): Buffer {
  let turn = 0;
  const field = (value: string | null): string => {
    if (value === null) return s.nulls[turn++ % s.nulls.length]!;
    const special = [s.delimiter, s.quote, '\n', '\r'].some((mark) => value.includes(mark));
    const quoted = s.quoteAll || special || s.nulls.includes(value);
    if (s.escape !== '') {
      const escaped = [s.escape, s.quote].reduce(
        (text, mark) => text.replaceAll(mark, s.escape + mark),
        value,
      );
      return quoted ? s.quote + escaped + s.quote : escaped;
    }
    return quoted ? s.quote + value.replaceAll(s.quote, s.quote + s.quote) + s.quote : value;
  };
  const lines = [header, ...rows].map((row) => row.map(field).join(s.delimiter));
  const content = (s.bom ? '\ufeff' : '') + lines.join(s.lineEnd) + (s.lastLineEnd ? s.lineEnd : '');
  return s.gzip ? gzipSync(content) : Buffer.from(content);
}

describe('a table written to a file', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await Bed.make('round_trip');
  });
  afterAll(() => bed.close());

  const COLUMNS = ['a', 'b', 'c'];
  const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 12 });
  const types = Object.fromEntries(COLUMNS.map((name) => [name, 'text']));

  it('comes back as it was, however it is written', async () => {
    let direct = 0;
    const runs = 80;
    await fc.assert(
      fc.asyncProperty(table, style, async (rows, s) => {
        await bed.reset();
        const name = s.gzip ? 'x.csv.gz' : 'x.csv';
        await bed.files({ [name]: write(rows, COLUMNS, s) });
        const { change } = await bed.load({
          from: { files: name, types, nulls: s.nulls, delimiter: s.delimiter, quote: s.quote },
          into: 'raw.t',
        });
        const { from } = change.body;
        if (from.kind === 'files' && from.files[0]!.direct) direct++;
        expect((await bed.rows('select * from raw.t')).map((row) => Object.values(row))).toEqual(rows);
      }),
      { numRuns: runs },
    );
    // Both ways were taken: COPY of the file's own bytes, and rewriting.
    expect(direct).toBeGreaterThan(0);
    expect(direct).toBeLessThan(runs);
  }, 120_000);

  it('with types inferred says the same', async () => {
    await fc.assert(
      fc.asyncProperty(table, style, async (rows, s) => {
        await bed.reset();
        await bed.files({ 'x.csv': write(rows, COLUMNS, { ...s, gzip: false }) });
        await bed.load({
          from: { files: 'x.csv', nulls: s.nulls, delimiter: s.delimiter, quote: s.quote },
          into: 'raw.t',
        });
        const found = await bed.rows('select a::text, b::text, c::text from raw.t');
        // Of the values above only `true`, integers and dates have types other than text; all print as they are written.
        expect(found.map((row) => Object.values(row))).toEqual(rows);
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  it('in a dialect that the goal does not name is refused or warned of, or comes back as it was', async () => {
    const outcomes = { refused: 0, warned: 0, same: 0 };
    const any = style.chain((s) => fc.constantFrom('', '\\').map((escape) => ({ ...s, escape })));
    await fc.assert(
      fc.asyncProperty(table, any, async (rows, s) => {
        await bed.reset();
        const name = s.gzip ? 'x.csv.gz' : 'x.csv';
        await bed.files({ [name]: write(rows, COLUMNS, s) });
        const input = { from: { files: name, nulls: s.nulls }, into: 'raw.t' };
        const change = await bed.propose(input).catch((error: unknown) => error as SluiceError);
        if (change instanceof SluiceError) {
          expect(change.code).toBe('source_invalid');
          outcomes.refused++;
          return;
        }
        const told = ['dialect', 'quotes_kept', 'header', 'line_ends'];
        if (change.findings.some(({ rule, severity }) => severity === 'warning' && told.includes(rule))) {
          outcomes.warned++;
          return;
        }
        await bed.apply(change);
        const found = await bed.rows('select a::text, b::text, c::text from raw.t');
        expect(found.map((row) => Object.values(row))).toEqual(rows);
        outcomes.same++;
      }),
      { numRuns: 120 },
    );
    for (const times of Object.values(outcomes)) expect(times).toBeGreaterThan(0);
  }, 120_000);

  it('as JSON lines comes back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(table, fc.boolean(), async (rows, gzip) => {
        await bed.reset();
        const lines = rows.map((row) =>
          JSON.stringify(Object.fromEntries(COLUMNS.map((name, at) => [name, row[at]]))),
        );
        const content = `${lines.join('\n')}\n`;
        const name = gzip ? 'x.jsonl.gz' : 'x.jsonl';
        await bed.files({ [name]: gzip ? gzipSync(content) : content });
        await bed.load({ from: { files: name, types }, into: 'raw.t' });
        expect((await bed.rows('select * from raw.t')).map((row) => Object.values(row))).toEqual(rows);
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});
