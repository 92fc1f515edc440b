import fc from 'fast-check';
import { SluiceError } from '../../../schemas/errors';
import { Bed, problemOf } from './bed';

/** A type that was inferred, or is the table's, is a promise that later files fit as strictly. */
describe('a later file', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await Bed.make('promise');
  });
  afterAll(() => bed.close());
  afterEach(() => bed.reset());

  const input = { from: { files: '*.csv' }, into: 'raw.t' };

  it('whose key has a leading zero is refused with its place, and updates nothing', async () => {
    const merge = { ...input, mode: 'merge', key: ['sku'] };
    await bed.files({ 'a.csv': 'sku,name\n1067,Hammer\n2095,Saw\n' });
    await bed.load(merge);
    await bed.files({ 'b.csv': 'sku,name\n01067,Screws\n' });
    const problem = await problemOf(bed.propose(merge));
    expect(problem).toMatchObject({ code: 'source_invalid', place: 'b.csv:2:sku' });
    expect(await bed.rows('select sku::int, name from raw.t order by 1')).toEqual([
      { sku: 1067, name: 'Hammer' },
      { sku: 2095, name: 'Saw' },
    ]);
  });

  it.each([
    ['1,2', 'bigint', ['01', '+5', '-0', '1.0', '1e3', '99999999999999999999', "' 1'", '1_000']],
    ['1.5,2', 'numeric', ['1.5e3', '1e5', 'NaN', '007.5', '+1.5', '-0.0']],
    ['1.5,2e-3', 'double precision', ['9007199254740993', '0.12345678901234567', '0x10', '1,5']],
    ['true,false', 'boolean', ['t', 'yes', '1']],
    ['2024-01-02,2024-02-03', 'date', ['02.01.2024', '2024-1-2', '2024-01-02 10:00:00']],
    [
      '2024-01-02 10:00:00,2024-01-03 11:00:00',
      'timestamp without time zone',
      ['2024-01-02', '2024-01-02T10:00:00Z'],
    ],
    ['2024-01-02T10:00:00Z,2024-01-03T11:00:00+02', 'timestamp with time zone', ['2024-01-02 10:00:00']],
  ])('after %s (%s) does not fit with %j', async (first, type, later) => {
    await bed.files({
      'a.csv': `k,v\n${first
        .split(',')
        .map((value, at) => `${at},${value}\n`)
        .join('')}`,
    });
    await bed.load(input);
    expect((await bed.types('raw.t')).v).toBe(type);
    for (const value of later) {
      await bed.files({ 'b.csv': `k,v\n7,"${value}"\n` });
      expect([value, (await problemOf(bed.propose(input))).place]).toEqual([value, 'b.csv:2:v']);
    }
  });

  it('is set aside within the limit, and loaded where the goal declares the type', async () => {
    await bed.admin.query('create schema raw; create table raw.t (id int, ok boolean)');
    await bed.files({ 'a.csv': 'id,ok\n1,true\n007,yes\n' });
    const { rows } = await bed.load({ ...input, quarantine: { limit: 1 } });
    expect(rows).toMatchObject({ inserted: 1, quarantined: 1 });
    await bed.files({ 'b.csv': 'id,ok\n008,no\n' });
    await bed.load({ ...input, from: { files: 'b.csv', types: { id: 'integer', ok: 'boolean' } } });
    expect(await bed.rows('select * from raw.t order by 1')).toEqual([
      { id: 1, ok: true },
      { id: 8, ok: false },
    ]);
  });

  it('of numbers with many digits and exponents fits the numeric that such numbers gave', async () => {
    await bed.files({ 'a.csv': 'k,v\n1,1.234567890123456789e-5\n2,1.5e+3\n' });
    await bed.load(input);
    expect((await bed.types('raw.t')).v).toBe('numeric');
    await bed.files({ 'b.csv': 'k,v\n3,9.876543210987654321e-5\n4,2.5e+3\n5,7\n' });
    expect((await bed.load(input)).rows.inserted).toBe(3);
  });

  it('of JSON lines fits by what JSON says: a string is no number, an object no text', async () => {
    const lines = { from: { files: '*.jsonl' }, into: 'raw.t' };
    await bed.files({ 'a.jsonl': '{"n":1,"t":"x"}\n' });
    await bed.load(lines);
    for (const [line, place] of [
      ['{"n":"2","t":"y"}', 'b.jsonl:1:n'],
      ['{"n":2,"t":{"a":1}}', 'b.jsonl:1:t'],
      ['{"n":2.0,"t":"y"}', 'b.jsonl:1:n'],
    ] as const) {
      await bed.files({ 'b.jsonl': `${line}\n` });
      expect((await problemOf(bed.propose(lines))).place).toBe(place);
    }
    await bed.files({ 'b.jsonl': '{"n":2,"t":5}\n' });
    expect((await bed.load(lines)).rows.inserted).toBe(1);
  });

  const value = fc.oneof(
    fc.constantFrom('1', '-2', '007', '+5', '-0', '1.5', '0.10', '-0.0', '1e5', '1.5e3', '2E-4', 'NaN', 'x'),
    fc.constantFrom(
      '9007199254740993',
      '99999999999999999999',
      '0.1234567890123456789',
      '1.234567890123456789e-7',
    ),
    fc.constantFrom(
      'true',
      'FALSE',
      't',
      '2024-01-02',
      '2024-01-02 03:04',
      '2024-01-02T03:04Z',
      '02.01.2024',
    ),
  );
  // Files are mostly of one kind.
  const file = fc.oneof(
    fc.array(fc.constantFrom('1', '-2', '30', '007'), { minLength: 1, maxLength: 3 }),
    fc.array(fc.constantFrom('1', '1.5', '0.10', '2.5e3'), { minLength: 1, maxLength: 3 }),
    fc.array(value, { minLength: 1, maxLength: 2 }),
  );

  it('is refused, or leaves the column what both files together would have made it, or text as it is written', async () => {
    const outcomes = { refused: 0, loaded: 0 };
    await fc.assert(
      fc.asyncProperty(file, file, async (first, second) => {
        const csv = (values: string[]): string => `k,v\n${values.map((each) => `k,${each}\n`).join('')}`;
        await bed.reset();
        await bed.files({ 'a.csv': csv(first), 'b.csv': csv(second) });
        const together = (await bed.propose(input)).body.columns.find(({ name }) => name === 'v')!.type;
        await bed.load({ ...input, from: { files: 'a.csv' } });
        const next = await bed
          .propose({ ...input, from: { files: 'b.csv' } })
          .catch((error: unknown) => error as SluiceError);
        if (next instanceof SluiceError) {
          expect(next.problem.place).toMatch(/^b\.csv:\d+:v$/);
          outcomes.refused++;
          return;
        }
        outcomes.loaded++;
        const { v: type } = await bed.types('raw.t');
        if (type !== 'text') return expect(type).toBe(together);
        // Text takes everything, and keeps it as it is written.
        await bed.apply(next);
        const found = await bed.rows('select v from raw.t order by ctid');
        expect(found.map((row) => row.v)).toEqual([...first, ...second]);
      }),
      { numRuns: 100 },
    );
    expect(Math.min(outcomes.refused, outcomes.loaded)).toBeGreaterThan(10);
  }, 60_000);
});
