import fc from 'fast-check';
import { ColumnSet, ColumnState } from '../../../capabilities/ingest/scan/columns';
import { DelimitedScanner } from '../../../capabilities/ingest/scan/delimited';
import { Form, Nulls, type Dialect } from '../../../capabilities/ingest/scan/record';
import { classify, typeOf } from '../../../capabilities/ingest/types/lexical';
import { cutRecords } from '../../../sources/files/cut';
import {
  referenceFirst,
  referenceParse,
  type ReferenceDialect,
  type ReferenceRecord,
} from './reference-parser';

const pieces = [
  'a',
  '1',
  '"',
  '""',
  ',',
  ',',
  '\n',
  '\n',
  '\r',
  '\r\n',
  ' ',
  '\0',
  '\xff',
  '12',
  '-3.5',
  'é',
  '\\',
];
const dialects = fc.constantFrom(
  { delimiter: ',', quote: '"', escape: '' },
  { delimiter: ',', quote: '"', escape: '\\' },
  { delimiter: ',', quote: '', escape: '\\' },
);
const codes = ({ delimiter, quote, escape }: ReferenceDialect): Dialect => ({
  delimiter: delimiter.charCodeAt(0),
  quote: quote === '' ? 0 : quote.charCodeAt(0),
  escape: escape === '' ? 0 : escape.charCodeAt(0),
});
const text = fc
  .array(fc.constantFrom(...pieces), { maxLength: 40 })
  .map((parts) => parts.join('').replaceAll('é', '\xc3\xa9'));
const chunking = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 10 });

function* chunksOf(bytes: Buffer, sizes: number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    yield Buffer.from(bytes.subarray(at, at + size));
    at += size;
  }
}

function scan(
  bytes: Buffer,
  sizes: number[],
  columns: number,
  dialect: Dialect,
): { records: ReferenceRecord[]; scanner: DelimitedScanner } {
  const records: ReferenceRecord[] = [];
  const states = Array.from({ length: columns }, (_, at) => new ColumnState(`c${at}`, { opaque: true }));
  const lines: number[] = [];
  const scanner = new DelimitedScanner('f', 1, dialect, new ColumnSet(states, true), new Nulls(['never']), {
    good: (buf, fields) => {
      const values = states.map((_, at) => fields.value(buf, at));
      records.push({
        line: -1,
        raw: buf.toString('latin1', fields.starts[0], fields.ends[columns - 1]),
        fields: values.map(({ buf: bytesOf, start, end }) => bytesOf.toString('latin1', start, end)),
        quoted: states.map((_, at) => [Form.quoted, Form.quotedWithin].includes(fields.quoted[at] as 1 | 2)),
      });
    },
    bad: ({ line, raw }) => {
      lines.push(line);
      records.push({ line, raw: raw.toString('latin1') });
    },
  });
  for (const chunk of chunksOf(bytes, sizes)) scanner.push(chunk);
  scanner.end();
  return { records, scanner };
}

describe('the scanner of delimited files', () => {
  it('agrees with a plain reading of the grammar, however the bytes are cut into chunks', () => {
    fc.assert(
      fc.property(
        text,
        chunking,
        fc.integer({ min: 1, max: 4 }),
        dialects,
        (content, sizes, columns, dialect) => {
          const bytes = Buffer.from(content, 'latin1');
          let expected: ReferenceRecord[] | undefined;
          try {
            expected = referenceParse(content, dialect, columns);
          } catch {
            expect(() => scan(bytes, sizes, columns, codes(dialect))).toThrow('never closed');
            return;
          }
          const { records, scanner } = scan(bytes, sizes, columns, codes(dialect));
          // Lines are told of bad records only.
          expect(records).toEqual(
            expected.map((record) => (record.fields ? { ...record, line: -1 } : record)),
          );
          expect(scanner.records).toBe(expected.length);
          expect(scanner.rejected).toBe(expected.filter((record) => !record.fields).length);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('is cut for a sample exactly between two of its records', async () => {
    await fc.assert(
      fc.asyncProperty(
        text,
        chunking,
        fc.integer({ min: 0, max: 4 }),
        dialects,
        async (content, sizes, limit, dialect) => {
          const bytes = Buffer.from(content, 'latin1');
          const framing = {
            format: 'delimited',
            gzip: false,
            encoding: 'utf-8',
            skip: 0,
            header: 0,
            ...codes(dialect),
          } as const;
          const cut = { records: 0 };
          const parts: Buffer[] = [];
          const chunks = async function* (): AsyncGenerator<Buffer> {
            yield* chunksOf(bytes, sizes);
          };
          for await (const part of cutRecords(chunks(), framing, limit, cut)) parts.push(Buffer.from(part));
          const served = Buffer.concat(parts).toString('latin1');
          expect(content.startsWith(served)).toBe(true);
          let all: ReferenceRecord[];
          let first: ReturnType<typeof referenceFirst>;
          try {
            first = referenceFirst(content, dialect);
            all = first ? referenceParse(content, dialect, first.fields) : [];
          } catch {
            return;
          }
          // Whether empty lines are records is known from the first that is not empty.
          const least = first?.fields === 1 ? first.blank + 1 : 1;
          expect(cut.records).toBe(limit === 0 ? 0 : Math.min(Math.max(limit, least), all.length));
          const again = first && limit > 0 ? referenceParse(served, dialect, first.fields) : [];
          expect(again).toEqual(all.slice(0, cut.records));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  const value = fc.oneof(
    fc.constantFrom(
      '0',
      '-0',
      '-0.0',
      '007',
      '1',
      '-12',
      '123456789012345',
      '1234567890123456',
      '9223372036854775807',
      '9223372036854775808',
      '-9223372036854775808',
    ),
    fc.constantFrom(
      '1.5',
      '.5',
      '-.5',
      '5.',
      '0.10',
      '-0.5',
      '1e5',
      '1e+5',
      '1.0E-3',
      '1.234567890123456e+10',
      'NaN',
      'Inf',
      'inf',
      '+1',
      '1_000',
      '0x10',
    ),
    fc.constantFrom(
      '2020-01-01',
      '2020-02-30',
      '0000-01-01',
      '2020-01-01T10:00:00Z',
      '2020-01-01 10:00:00',
      '2020-01-01 24:00:00',
      '2020-01-01T10:00',
      '2020-01-01T10:00:00+02',
    ),
    fc.constantFrom('true', 'FALSE', 't', 'yes', 'x', 'NA', ''),
    fc.integer().map(String),
    fc.double({ noNaN: true }).map(String),
    fc.stringMatching(/^-?[0-9]{1,20}(\.[0-9]{0,18})?$/),
  );

  it('infers from a stream what the values say one by one, whatever their order', () => {
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 8 }),
        fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
        chunking,
        (values, quotes, sizes) => {
          const lines = values.map((each, at) => `${quotes[at] ? `"${each}"` : each},end\n`);
          const state = new ColumnState('c');
          const states = [state, new ColumnState('d', { opaque: true })];
          const scanner = new DelimitedScanner(
            'f',
            1,
            { delimiter: 44, quote: 34, escape: 0 },
            new ColumnSet(states, false),
            new Nulls(['NA']),
            {},
          );
          for (const chunk of chunksOf(Buffer.from(lines.join('')), sizes)) scanner.push(chunk);
          scanner.end();
          let classes = 0;
          values.forEach((each, at) => {
            if (each !== 'NA' || quotes[at])
              classes |= classify(Buffer.from(each), 0, Buffer.byteLength(each));
          });
          expect(scanner.rejected).toBe(0);
          expect(state.type).toBe(typeOf(classes));
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
