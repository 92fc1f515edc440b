import fc from 'fast-check';
import {
  normaliseRelation,
  quoteIdent,
  quoteLiteral,
  quoteRelation,
  readRelation,
  relationName,
  splitRelation,
} from '../../sql/quote';

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

  it('keeps names apart whose dots stand at different places', () => {
    expect(relationName('a.b', 'c')).not.toBe(relationName('a', 'b.c'));
    const part = fc.string({ minLength: 1, unit: fc.constantFrom('a', 'B', '.', '"', ' ', 'é', '*') });
    fc.assert(
      fc.property(part, part, (schema, name) => {
        expect(splitRelation(relationName(schema, name))).toEqual({ schema, name });
        expect(normaliseRelation(relationName(schema, name))).toBe(relationName(schema, name));
        expect(readRelation(quoteRelation(relationName(schema, name)))).toBe(relationName(schema, name));
      }),
    );
  });

  it.each([
    ['orders', 'public.orders'],
    ['Shop.Orders', 'shop.orders'],
    ['shop."Order Lines"', 'shop.Order Lines'],
    ['"Shop" . "a ""b"""', 'Shop."a ""b"""'],
    ['"a.b"."c"', '"a.b".c'],
    ['zubehör.größe', 'zubehör.größe'],
    ['shop.ÄPFEL', 'shop.Äpfel'],
  ])('reads %s as PostgreSQL does', (written, relation) => {
    expect(readRelation(written)).toBe(relation);
  });

  it.each([
    ['', 'is empty'],
    ['shop.', 'lacks a name beside its dot'],
    ['db.shop.orders', 'has 3 parts'],
    ['shop.Order Lines', 'needs double quotes'],
    ['shop.order-lines', 'needs double quotes'],
    ['shop.2024', 'put that part in double quotes'],
    ['shop."orders', 'is not closed'],
    ['shop.""', 'empty name'],
    [`shop.${'x'.repeat(64)}`, 'cuts names off after 63'],
    ['U&"\\0061"', 'write its characters themselves'],
  ])('says what is wrong with %j', (written, wrong) => {
    expect(() => readRelation(written)).toThrow(wrong);
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
