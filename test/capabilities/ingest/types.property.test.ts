import fc from 'fast-check';
import { ColumnState } from '../../../capabilities/ingest/scan/columns';
import { declaredType } from '../../../capabilities/ingest/types/declared';
import { classify } from '../../../capabilities/ingest/types/lexical';
import { Bed } from './bed';

/** What a value means, independent of how it is written; two spellings of one meaning are equal. */
function meaning(text: string, type: string): string {
  switch (type) {
    case 'boolean':
      return /^(t|true|yes|y|on|1)$/i.test(text) ? 'true' : 'false';
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'real':
    case 'double precision':
      return number(text);
    case 'timestamp without time zone':
      return instant(text);
    case 'timestamp with time zone':
      return instant(text);
  }
  return type.startsWith('numeric') ? number(text) : type.startsWith('timestamp') ? instant(text) : text;
}

/** sign × digits × 10^exponent, without zeros at either end; the sign of a zero counts. */
function number(text: string): string {
  const special = /^([+-]?)(nan|inf(?:inity)?)$/i.exec(text);
  if (special) return `${special[1] === '-' ? '-' : ''}${special[2]!.slice(0, 3).toLowerCase()}`;
  const [, sign, whole = '', fraction = '', exponent = '0'] = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(
    text,
  )!;
  const digits = (whole + fraction).replace(/^0+/, '');
  const short = digits.replace(/0+$/, '');
  const power = Number(exponent) - fraction.length + (digits.length - short.length);
  return `${sign === '-' ? '-' : ''}${short === '' ? '0' : `${short}e${power}`}`;
}

/** Microseconds since 1970. */
function instant(text: string): string {
  const [, date, clock = '00:00', seconds = '00', fraction = '', zone = ''] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?)? ?(Z|UTC|[+-].*)?$/.exec(text)!;
  const offset = /^([+-])(\d\d):?(\d\d)?$/.exec(zone);
  const minutes = offset
    ? (Number(offset[2]) * 60 + Number(offset[3] ?? 0)) * (offset[1] === '-' ? -1 : 1)
    : 0;
  const ms = BigInt(Date.parse(`${date}T${clock}:${seconds}Z`)) - BigInt(minutes * 60_000);
  return String(ms * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6)));
}

const digits = (max: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`));
const integerText = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc.constantFrom(
    '0',
    '-0',
    '00',
    '007',
    '+5',
    '-9223372036854775808',
    '-9223372036854775809',
    '9223372036854775807',
    '32768',
  ),
);
const decimalText = fc.oneof(
  fc
    .tuple(fc.constantFrom('', '-', '+'), fc.oneof(digits(4), digits(22), fc.constant('')), digits(20))
    .map(([s, w, f]) => `${s}${w}.${f}`),
  fc.constantFrom('1.', '-.5', '-0.0', '0.00', '100.10', '12345.678'),
);
const exponentText = fc
  .tuple(
    fc.constantFrom('', '-'),
    digits(6),
    fc.option(digits(18), { nil: undefined }),
    fc.constantFrom('e', 'E'),
    fc.constantFrom('', '+', '-'),
    fc.integer({ min: 0, max: 400 }),
  )
  .map(([s, w, f, e, sign, n]) => `${s}${w}${f === undefined ? '' : `.${f}`}${e}${sign}${n}`);
const two = (max: number): fc.Arbitrary<string> =>
  fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'));
const dateText = fc
  .tuple(fc.integer({ min: 0, max: 9999 }), two(13), two(32))
  .map(([y, m, d]) => `${String(y).padStart(4, '0')}-${m}-${d}`);
const clockText = fc
  .tuple(two(24), two(60), fc.option(two(60), { nil: undefined }), fc.option(digits(9), { nil: undefined }))
  .map(([h, m, s, f]) => `${h}:${m}${s === undefined ? '' : `:${s}${f === undefined ? '' : `.${f}`}`}`);
const zoneText = fc.oneof(
  fc.constantFrom('Z', ' UTC', '+00', '-0530', '+14:00', ' +0100', 'z', '+1', '+16', ' EST'),
  fc.tuple(fc.constantFrom('+', '-'), two(16), two(59)).map(([s, h, m]) => `${s}${h}:${m}`),
);
const timestampText = fc
  .tuple(dateText, fc.constantFrom('T', ' '), clockText, fc.oneof(fc.constant(''), zoneText))
  .map(([d, t, c, z]) => `${d}${t}${c}${z}`);
const wordText = fc.oneof(
  fc.constantFrom(
    'true',
    'FALSE',
    'True',
    't',
    'yes',
    'NaN',
    'nan',
    'Infinity',
    '-inf',
    'Inf',
    'today',
    'now',
    '01/02/2013',
    '1_000',
    '0x10',
    '0b1',
    ' 1',
    '1 ',
    'epoch',
    '2020-W01',
  ),
  fc.string({ maxLength: 6 }).map((text) => text.replaceAll('\0', '')),
);
const anyText = fc.oneof(integerText, decimalText, exponentText, dateText, timestampText, wordText);
/** Columns are mostly of one kind, so that they have a type other than text. */
const column = fc.oneof(
  fc.array(integerText, { minLength: 1, maxLength: 8 }),
  fc.array(fc.oneof(integerText, decimalText), { minLength: 1, maxLength: 6 }),
  fc.array(fc.oneof(integerText, decimalText, exponentText, fc.constantFrom('NaN', 'Inf')), {
    minLength: 1,
    maxLength: 5,
  }),
  fc.array(dateText, { minLength: 1, maxLength: 4 }),
  fc.array(timestampText, { minLength: 1, maxLength: 3 }),
  fc.array(fc.constantFrom('true', 'FALSE', 'False', 'true', 't'), { minLength: 1, maxLength: 3 }),
  fc.array(anyText, { minLength: 1, maxLength: 4 }),
);

describe('types', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await Bed.make('types');
    // Settings that would change what PostgreSQL reads, were the grammar not strict.
    await bed.admin.query(`set DateStyle = 'SQL, DMY'; set TimeZone = 'America/New_York'`);
  });
  afterAll(() => bed.close());

  const stored = async (values: string[], type: string): Promise<string[]> => {
    const iso = `set DateStyle = 'ISO'; set TimeZone = 'UTC'`;
    const style = `set DateStyle = 'SQL, DMY'; set TimeZone = 'America/New_York'`;
    await bed.admin.query(`drop table if exists stored; create temporary table stored (n int, v ${type})`);
    await bed.admin.query({
      text: `insert into stored select n, v::${type} from unnest($1::text[]) with ordinality u(v, n)`,
      values: [values],
    });
    await bed.admin.query(iso);
    const { rows } = await bed.admin.query<{ v: string }>('select v::text as v from stored order by n');
    await bed.admin.query(style);
    return rows.map((row) => row.v);
  };

  it('inferred from data store every value without a change of meaning, whatever the settings', async () => {
    const types = new Set<string>();
    await fc.assert(
      fc.asyncProperty(column, async (values) => {
        const state = new ColumnState('c');
        for (const text of values) state.add(classify(Buffer.from(text), 0, Buffer.byteLength(text)), 'f', 1);
        const { type } = state;
        types.add(type);
        if (type === 'text') return;
        const back = await stored(values, type);
        expect(back.map((text) => meaning(text, type))).toEqual(values.map((text) => meaning(text, type)));
      }),
      { numRuns: 1_000 },
    );
    expect([...types].sort()).toEqual([
      'bigint',
      'boolean',
      'date',
      'double precision',
      'numeric',
      'text',
      'timestamp with time zone',
      'timestamp without time zone',
    ]);
  }, 60_000);

  const declared = [
    'smallint',
    'integer',
    'bigint',
    'numeric',
    'numeric(10,2)',
    'numeric(5,5)',
    'boolean',
    'date',
    'timestamp without time zone',
    'timestamp(3) without time zone',
    'timestamp with time zone',
    'character varying(3)',
    'text',
  ];

  it.each(declared)(
    'declared as %s take only values that PostgreSQL stores as what they say',
    async (type) => {
      const { fits } = declaredType(type)!;
      let taken = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(anyText, { minLength: 20, maxLength: 60 }), async (candidates) => {
          const values = candidates.filter((text) => fits(Buffer.from(text), 0, Buffer.byteLength(text)));
          taken += values.length;
          const back = await stored(values, type);
          // Who declares a number says that 007 is 7 and that a zero has no sign; a date is a midnight.
          const plain = (text: string): string => meaning(text, type).replace(/^-0$/, '0');
          expect(back.map(plain)).toEqual(values.map(plain));
        }),
        { numRuns: 40 },
      );
      expect(taken).toBeGreaterThan(20);
    },
  );

  it.each([
    [
      'double precision',
      ['1e308', '-1.5', '.5', 'NaN', '-Infinity', '007'],
      ['1e309', '1e-400', '', '1,5', '0x1p3', ' 1'],
    ],
    ['real', ['1e38', '3.14159265358979'], ['1e39', '1e-50']],
    [
      'uuid',
      ['123e4567-e89b-12d3-a456-426614174000', '123E4567-E89B-12D3-A456-426614174000'],
      ['123e4567e89b12d3a456426614174000', '{x}'],
    ],
    [
      'jsonb',
      ['{"a":[1,2.50]}', '"x"', 'null', '{"a":"\\\\u0000"}'],
      ['{a:1}', '"\\u0000"', '"\\ud800"', ''],
    ],
    ['bytea', ['\\x', '\\xDEADbeef'], ['\\xabc', 'deadbeef', '\\001']],
    ['time without time zone', ['10:00', '23:59:59.999999'], ['24:00', '10', '10:00:60']],
    ['character(2)', ['ab', 'äö', ''], ['abc']],
  ])('declared as %s take and refuse', async (type, good, bad) => {
    const { fits } = declaredType(type)!;
    const fit = (text: string): boolean => fits(Buffer.from(text), 0, Buffer.byteLength(text));
    expect(good.filter((text) => !fit(text))).toEqual([]);
    expect(bad.filter(fit)).toEqual([]);
    expect(await stored(good, type)).toHaveLength(good.length);
  });

  it('without a grammar are left to PostgreSQL', () => {
    expect(
      ['inet', 'integer[]', 'int4range', 'interval', 'point', 'raw.mood'].map((type) => declaredType(type)),
    ).toEqual(Array(6).fill(undefined));
  });
});
