import { createSecretKey, randomBytes } from 'node:crypto';
import type { Payload } from '@temporalio/common';
import fc from 'fast-check';
import { keyId, type KeyRing, loadKeyRing, parseKey } from '../../../governance/codec/keys';
import { EncryptionCodec, isEncrypted } from '../../../governance/codec/payload-codec';

const ring = (...keys: Buffer[]): KeyRing => ({
  active: keyId(keys[0]!),
  keys: new Map(keys.map((key) => [keyId(key), createSecretKey(key)])),
});
const [one, other] = [randomBytes(32), randomBytes(32)];
const codec = new EncryptionCodec(ring(one));

const bytes = fc.uint8Array({ maxLength: 300 });
const payload: fc.Arbitrary<Payload> = fc.record({
  metadata: fc.dictionary(fc.string({ maxLength: 20 }), bytes, { maxKeys: 5, noNullPrototype: true }),
  data: bytes,
});
/** Compared as bytes: whether they come as a Buffer or an Uint8Array is nobody's business. */
const flat = ({ metadata, data }: Payload): unknown => [
  Object.entries(metadata ?? {})
    .map(([name, value]) => [name, Buffer.from(value).toString('hex')])
    .sort(),
  Buffer.from(data ?? []).toString('hex'),
];

describe('payloads at rest', () => {
  it('are what they were after encoding and decoding, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(payload, { maxLength: 4 }), async (payloads) => {
        const decoded = await codec.decode(await codec.encode(payloads));
        expect(decoded.map(flat)).toEqual(payloads.map(flat));
      }),
    );
  });

  it('show nothing of themselves, and never look the same twice', async () => {
    const secret = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('"raw.invoices"') };
    const [a, b] = await codec.encode([secret, secret]);
    expect(isEncrypted(a!)).toBe(true);
    for (const { data } of [a!, b!]) {
      expect(Buffer.from(data!).includes('raw.invoices')).toBe(false);
      expect(Buffer.from(data!).includes('json/plain')).toBe(false);
    }
    expect(flat(a!)).not.toEqual(flat(b!));
  });

  it('that were changed anywhere, or cut off, are refused', async () => {
    await fc.assert(
      fc.asyncProperty(payload, fc.nat(), fc.integer({ min: 1, max: 255 }), async (plain, at, flip) => {
        const [{ metadata, data }] = (await codec.encode([plain])) as [Payload];
        const touched = Buffer.from(data!);
        touched[at % touched.length]! ^= flip;
        const cut = Buffer.from(data!).subarray(0, at % data!.length);
        for (const bad of [touched, cut]) {
          await expect(codec.decode([{ metadata, data: bad }])).rejects.toMatchObject({
            code: 'payload_unreadable',
          });
        }
      }),
    );
  });

  it('cannot be given the name of another key that is known', async () => {
    const both = new EncryptionCodec(ring(one, other));
    const [{ metadata, data }] = (await both.encode([{ data: Buffer.from('x') }])) as [Payload];
    const renamed = { ...metadata, 'encryption-key-id': Buffer.from(keyId(other)) };
    await expect(both.decode([{ metadata: renamed, data }])).rejects.toMatchObject({
      code: 'payload_unreadable',
    });
  });

  it('of another key are refused, and the error names both keys but shows neither', async () => {
    const encoded = await codec.encode([{ data: Buffer.from('x') }]);
    const refused = new EncryptionCodec(ring(other)).decode(encoded);
    const message = expect.stringMatching(`${keyId(one)}.*${keyId(other)}`) as string;
    await expect(refused).rejects.toMatchObject({ code: 'payload_unreadable', message });
  });

  it('of the key before are read after a rotation, and new ones are written with the new key', async () => {
    const rotated = new EncryptionCodec(ring(other, one));
    const old = await codec.encode([{ data: Buffer.from('x') }]);
    expect((await rotated.decode(old)).map(flat)).toEqual([flat({ data: Buffer.from('x') })]);
    const [fresh] = await rotated.encode([{ data: Buffer.from('x') }]);
    expect(Buffer.from(fresh!.metadata!['encryption-key-id']!).toString()).toBe(keyId(other));
  });

  it('that are not encrypted are read as they are: Temporal’s own tools write plain JSON', async () => {
    const plain = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"by":"ann"}') };
    expect(await codec.decode([plain])).toEqual([plain]);
  });
});

describe('keys', () => {
  it('are 32 bytes in base64, base64url or hex', () => {
    for (const text of [one.toString('base64'), one.toString('base64url'), `${one.toString('hex')}\n`])
      expect(parseKey(text, 'secret://k')).toEqual(one);
  });

  it.each(['', 'correct horse battery staple', randomBytes(16).toString('hex')])(
    'are nothing else: %p',
    (text) => {
      expect(() => parseKey(text, 'secret://k')).toThrow(
        expect.objectContaining({
          code: 'invalid_config',
          message: expect.not.stringContaining(text || '\0') as string,
        }),
      );
    },
  );

  it('are resolved from their secrets, the active one first', async () => {
    const values: Record<string, string> = {
      'secret://new': one.toString('base64'),
      'secret://old': other.toString('hex'),
    };
    const loaded = await loadKeyRing({ key: 'secret://new', olderKeys: ['secret://old'] }, (reference) =>
      Promise.resolve(values[reference]!),
    );
    expect(loaded.active).toBe(keyId(one));
    expect([...loaded.keys.keys()]).toEqual([keyId(one), keyId(other)]);
  });
});
