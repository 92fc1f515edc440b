import fc from 'fast-check';
import { canonicalJson, digestOf } from '../../store/digest';

function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, shuffled(item)]),
  );
}

describe('the digest', () => {
  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(digestOf(shuffled(value))).toBe(digestOf(value));
      }),
    );
  });

  it('is that of a value with the same meaning and of no other', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(digestOf(a) === digestOf(b)).toBe(canonicalJson(a) === canonicalJson(b));
      }),
    );
  });

  it('follows RFC 8785: numbers as ECMAScript prints them, keys by UTF-16 code units', () => {
    // The example of section 3.2.2 and the key order of section 3.2.3.
    expect(canonicalJson({ numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 1e-27] })).toBe(
      '{"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}',
    );
    expect(canonicalJson({ '\u20ac': 1, '\r': 2, '1': 3, '\u0080': 4 })).toBe(
      '{"\\r":2,"1":3,"\u0080":4,"\u20ac":1}',
    );
  });
});
