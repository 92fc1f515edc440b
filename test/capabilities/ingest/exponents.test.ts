import { classify, typeOf } from '../../../capabilities/ingest/types/lexical';

/** The type of a column with these values. */
function columnOf(...values: string[]): string {
  return typeOf(
    values.reduce((classes, value) => classes | classify(Buffer.from(value), 0, Buffer.byteLength(value)), 0),
  );
}

describe('a bare exponent, which codes and numbers share', () => {
  it.each([
    ['beside decimals is a number: so some programs write 1000', ['1012.3', '1e3'], 'double precision'],
    ['before the first decimal too', ['1e3', '1012.3'], 'double precision'],
    ['beside integers is a code', ['123', '1E5'], 'text'],
    ['alone is a code', ['7e10'], 'text'],
    ['with a sign is a number', ['1e+05'], 'double precision'],
  ])('%s', (_name, values, type) => {
    expect(columnOf(...values)).toBe(type);
  });
});
