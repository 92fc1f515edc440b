import fc from 'fast-check';
import { normaliseName, targetNames } from '../../../capabilities/ingest/names';
import { BinaryRows } from '../../../capabilities/ingest/postgres/binary-rows';
import { widens } from '../../../capabilities/ingest/postgres/widening';
import { inputSchema, lintInput } from '../../../capabilities/ingest/input';
import { CsvWriter } from '../../../capabilities/ingest/scan/csv-writer';

describe('names of columns', () => {
  it.each([
    ['id', 'id'],
    ['Dep Time', 'dep_time'],
    ['depTime', 'dep_time'],
    ['HTTPServer', 'http_server'],
    ['userID2', 'user_id2'],
    ['dep-time (min)', 'dep_time_min'],
    ['_id', '_id'],
    ['2013', '_2013'],
    ['Größe', 'größe'],
    ['  padded ', 'padded'],
    ['%', 'column_3'],
    ['xmin', 'xmin_'],
    ['select', 'select'],
  ])('%j becomes %s', (name, expected) => {
    expect(normaliseName(name, 3)).toBe(expected);
  });

  it('stay what they are once they are normal', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 12 }),
        fc.integer({ min: 1, max: 99 }),
        (name, place) => {
          const once = normaliseName(name, place);
          expect(normaliseName(once, place)).toBe(
            once.endsWith('_') && ['xmin_', 'ctid_'].includes(once) ? once : once,
          );
          expect(once).not.toBe('');
        },
      ),
    );
  });

  it('are those of the existing table where it has them', () => {
    expect(targetNames(['Dep Time', 'DepTime'], { existing: ['Dep Time'], place: 'x.csv' })).toEqual([
      'Dep Time',
      'dep_time',
    ]);
  });

  it('that fall together are refused, both named', () => {
    expect(() => targetNames(['Dep Time', 'DepTime'], { place: 'x.csv' })).toThrow(
      '"Dep Time" and "DepTime" would both be the column dep_time',
    );
  });

  it('of tables that PostgreSQL would cut off are refused for their length', () => {
    const into = `raw.${'t'.repeat(64)}`;
    const { error } = inputSchema.safeParse({ from: { files: '*.csv' }, into });
    expect(error!.issues.map(({ message }) => message)).toEqual([
      `"${'t'.repeat(64)}" has 64 bytes; PostgreSQL cuts names off after 63`,
    ]);
  });

  it('that PostgreSQL would cut off are refused', () => {
    expect(() => targetNames(['ü'.repeat(32)], { place: 'x.csv' })).toThrow(
      'has 64 bytes; PostgreSQL cuts names off after 63',
    );
  });
});

describe('a type', () => {
  it.each([
    ['integer', 'bigint', true],
    ['bigint', 'integer', false],
    ['bigint', 'numeric', true],
    ['integer', 'numeric(12,2)', true],
    ['integer', 'numeric(11,2)', false],
    ['numeric(10,2)', 'numeric(12,3)', true],
    ['numeric(10,2)', 'numeric(10,3)', false],
    ['numeric', 'numeric(10,3)', false],
    ['real', 'double precision', true],
    ['double precision', 'real', false],
    ['numeric', 'double precision', false],
    ['character varying(5)', 'character varying(10)', true],
    ['character varying(10)', 'character varying(5)', false],
    ['text', 'character varying(5)', false],
    ['timestamp(3) without time zone', 'timestamp without time zone', true],
    ['timestamp without time zone', 'timestamp(3) without time zone', false],
    ['timestamp without time zone', 'timestamp with time zone', false],
    ['json', 'jsonb', true],
    ['date', 'text', true],
    ['text', 'date', false],
  ])('%s is held by %s: %s', (from, to, expected) => {
    expect(widens(from, to)).toBe(expected);
  });
});

describe('a binary COPY stream', () => {
  const row = (fields: (Buffer | null)[]): Buffer => {
    const parts: Buffer[] = [Buffer.alloc(2)];
    parts[0]!.writeInt16BE(fields.length);
    for (const field of fields) {
      const length = Buffer.alloc(4);
      length.writeInt32BE(field ? field.length : -1);
      parts.push(length, field ?? Buffer.alloc(0));
    }
    return Buffer.concat(parts);
  };

  it('is counted, whatever chunks it comes in, and known to be whole', () => {
    const field = fc.option(
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
      { nil: null },
    );
    const rows = fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { maxLength: 8 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 30 }), fc.nat({ max: 9 }), (table, size, extension) => {
        const header = Buffer.alloc(19 + extension);
        header.writeInt32BE(extension, 15);
        const stream = Buffer.concat([header, ...table.map(row), Buffer.from([0xff, 0xff])]);
        const counter = new BinaryRows();
        for (let at = 0; at < stream.length; at += size) {
          expect(counter.complete).toBe(false);
          counter.push(stream.subarray(at, at + size));
        }
        expect(counter).toMatchObject({ rows: table.length, complete: true });
      }),
    );
  });
});

describe('the CSV writer', () => {
  it('gives every byte, in order, whatever the sizes of the fields', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 200 }), { maxLength: 60 }), (sizes) => {
        const writer = new CsvWriter(undefined, 64);
        const written: Buffer[] = [];
        const expected: Buffer[] = [];
        sizes.forEach((size, at) => {
          const field = Buffer.alloc(size, 65 + (at % 26));
          writer.raw(field, 0, size);
          expected.push(field);
          if (at % 3 === 0) written.push(...writer.take(false).map((each) => Buffer.from(each)));
        });
        written.push(...writer.take(true).map((each) => Buffer.from(each)));
        expect(Buffer.concat(written).equals(Buffer.concat(expected))).toBe(true);
      }),
    );
  });
});

describe('the input of ingest', () => {
  const minimal = { from: { files: '*.csv' }, into: 'raw.t' };

  it('has defaults that surprise nobody', () => {
    expect(inputSchema.parse(minimal)).toEqual({
      from: { files: ['*.csv'], quotedNulls: false, known: 'warn', encoding: 'utf-8', types: {} },
      into: 'raw.t',
      mode: 'append',
      quarantine: { limit: 0 },
    });
  });

  it.each([
    [{ ...minimal, keys: ['id'] }],
    [{ ...minimal, from: { files: '*.csv', nul: [] } }],
    [{ ...minimal, from: { files: '*.csv', encoding: 'klingon' } }],
    [{ ...minimal, from: { files: '*.csv', types: { a: 'int; drop table x' } } }],
    [{ ...minimal, from: { files: '*.csv', delimiter: '::' } }],
    [{ ...minimal, from: { postgres: 'shop' } }],
    [{ ...minimal, from: { postgres: 'shop', table: 'a', query: 'select 1' } }],
    [{ ...minimal, into: 'raw.t; drop' }],
    [{ ...minimal, quarantine: { limit: '101%' } }],
    [{ ...minimal, quarantine: { limit: -1 } }],
    [{ ...minimal, mode: 'upsert' }],
  ])('refuses %j', (input) => {
    expect(inputSchema.safeParse(input).success).toBe(false);
  });

  it.each([
    [{ ...minimal, mode: 'merge' }, 'key'],
    [{ ...minimal, mode: 'replace', cursor: 'at' }, 'cursor'],
    [{ ...minimal, key: ['a', 'a'] }, 'key'],
    [{ ...minimal, columns: { a: 'x', b: 'x' } }, 'columns'],
    [{ ...minimal, into: 'sluice.load' }, 'into'],
    [{ ...minimal, from: { files: '*.csv', delimiter: '"' } }, 'from.quote'],
    [{ ...minimal, from: { files: '*.csv', header: ['a', 'a'] } }, 'from.header'],
  ])('finds the fault of %j', (input, path) => {
    expect(lintInput(inputSchema.parse(input)).map((fault) => fault.path)).toEqual([path]);
  });
});
