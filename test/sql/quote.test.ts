import fc from 'fast-check';
import { normaliseRelation, quoteIdent, quoteLiteral, quoteRelation, splitRelation } from '../../sql/quote';

describe('quoting', () => {
  it('doubles the quotes inside an identifier', () => {
    expect(quoteIdent('we"ird')).toBe('"we""ird"');
  });

  it('refuses names PostgreSQL cannot have', () => {
    expect(() => quoteIdent('')).toThrow(RangeError);
    expect(() => quoteIdent('a\0b')).toThrow(RangeError);
    expect(() => quoteLiteral('a\0b')).toThrow(RangeError);
  });

  it('writes strings with a backslash as escape strings', () => {
    expect(quoteLiteral("it's")).toBe("'it''s'");
    expect(quoteLiteral("a\\'b")).toBe(" E'a\\\\''b'");
  });

  it('puts a name without a schema into public', () => {
    expect(quoteRelation('flights')).toBe('"public"."flights"');
    expect(quoteRelation('Raw.Flights')).toBe('"Raw"."Flights"');
    expect(normaliseRelation('flights')).toBe('public.flights');
  });

  it('splits at the first dot only', () => {
    expect(splitRelation('a.b.c')).toEqual({ schema: 'a', name: 'b.c' });
  });

  it('never lets a name or a value end its own quotes', () => {
    const text = fc.string({ minLength: 1, unit: 'binary' }).filter((s) => !s.includes('\0'));
    fc.assert(
      fc.property(text, (s) => {
        expect(quoteIdent(s).slice(1, -1).replaceAll('""', '')).not.toContain('"');
        const literal = quoteLiteral(s).trim();
        const inner = literal.slice(literal.indexOf("'") + 1, -1);
        expect(inner.replaceAll("''", '').replaceAll('\\\\', '')).not.toMatch(/'/);
      }),
    );
  });
});
