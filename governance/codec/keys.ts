import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import type { EncryptionConfig } from '../../schemas/config';
import { fail } from '../../schemas/errors';
import { rememberSecret } from '../redact';
import type { ResolveSecret } from '../secrets';

/** Bytes of a key of AES-256. */
const KEY_BYTES = 32;

/** The key that encrypts, and all that may decrypt, by their ids. */
export interface KeyRing {
  active: string;
  keys: ReadonlyMap<string, KeyObject>;
}

/**
 * Names a key without saying anything about it: the beginning of a SHA-256 over its 256 random bits. It stands beside
 * whatever the key encrypted, so that a rotated key is found again under whichever name its secret has now.
 */
export function keyId(key: Buffer): string {
  return createHash('sha256').update('sluice payload key\0').update(key).digest('hex').slice(0, 16);
}

/** A key as text: 32 bytes in base64 (either alphabet) or hex. Throws `invalid_config`, never quoting it. */
export function parseKey(text: string, reference: string): Buffer {
  const trimmed = text.trim();
  const bytes = /^[0-9a-f]{64}$/i.test(trimmed)
    ? Buffer.from(trimmed, 'hex')
    : /^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)
      ? Buffer.from(trimmed, 'base64')
      : Buffer.alloc(0);
  if (bytes.length === KEY_BYTES) return bytes;
  throw fail(
    'invalid_config',
    `The secret ${reference} is not a key: 32 bytes in base64 or hex are needed.`,
    {
      next: 'Make one: sluice secret generate NAME.',
      place: 'encryption',
    },
  );
}

/** Resolves the keys of the configuration. Throws `invalid_config`, and what `resolve` throws. */
export async function loadKeyRing(
  { key, olderKeys }: EncryptionConfig,
  resolve: ResolveSecret,
): Promise<KeyRing> {
  const keys = new Map<string, KeyObject>();
  const add = async (reference: string): Promise<string> => {
    const bytes = parseKey(await resolve(reference), reference);
    // Whichever way it is written: none of them belongs into a log.
    for (const encoding of ['base64', 'base64url', 'hex'] as const) rememberSecret(bytes.toString(encoding));
    const id = keyId(bytes);
    keys.set(id, createSecretKey(bytes));
    return id;
  };
  const active = await add(key);
  for (const older of olderKeys) await add(older);
  return { active, keys };
}
