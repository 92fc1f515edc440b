import fc from 'fast-check';
import { rememberSecret, scrub, scrubDeep } from '../../governance/redact';

describe('scrub', () => {
  it('removes the password of a URL it has never seen', () => {
    expect(scrub('cannot reach postgres://ann:hunter2@db:5432/x')).toBe(
      'cannot reach postgres://ann:[redacted]@db:5432/x',
    );
  });

  it('removes a resolved secret wherever it stands, also when it is percent-encoded', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6 }), fc.string(), fc.string(), (secret, before, after) => {
        fc.pre(!'[redacted]'.includes(secret));
        rememberSecret(secret);
        const clean = JSON.stringify(scrubDeep({ a: [`${before}${secret}${after}`] }));
        expect(scrub(`${before}${secret}${after}`)).not.toContain(secret);
        expect(clean).not.toContain(JSON.stringify(secret).slice(1, -1));
      }),
      { numRuns: 50 },
    );
  });
});
