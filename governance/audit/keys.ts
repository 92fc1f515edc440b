import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { fail } from '../../schemas/errors';
import type { SignedHead } from '../../store/audit/log';
import { canonicalJson, sha256 } from '../../store/digest';

/** Signs heads of the audit log and exports of it (Ed25519, RFC 8032). */
export interface SigningKey {
  readonly keyId: string;
  /** PEM (SPKI). */
  readonly publicKey: string;
  sign(value: unknown): string;
}

/** A new private key, PKCS #8 PEM: what a secret holds. */
export function newPrivateKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** From PKCS #8, PEM or base64 DER (one line, for an environment variable). Throws `invalid_config`. */
export function signingKey(text: string): SigningKey {
  const key = read(() =>
    text.includes('-----BEGIN')
      ? createPrivateKey(text)
      : createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' }),
  );
  const publicKey = pemOf(createPublicKey(key));
  return {
    keyId: keyIdOf(publicKey),
    publicKey,
    sign: (value) => sign(null, Buffer.from(canonicalJson(value)), key).toString('base64'),
  };
}

/** A public key to check with. Throws `invalid_config` for what is no Ed25519 key in PEM. */
export function publicKey(pem: string): { keyId: string; publicKey: string } {
  const text = pemOf(read(() => createPublicKey(pem)));
  return { keyId: keyIdOf(text), publicKey: text };
}

/** Whether the holder of the key signed just this value. */
export function isSigned(value: unknown, signature: unknown, pem: string): boolean {
  if (typeof signature !== 'string') return false;
  // Base64 has several spellings of the same bytes; only the one that is written counts.
  const bytes = Buffer.from(signature, 'base64');
  if (bytes.toString('base64') !== signature) return false;
  return verify(null, Buffer.from(canonicalJson(value)), createPublicKey(pem), bytes);
}

/** What is signed of a head: all but the signature. */
export function signHead(key: SigningKey, head: Pick<SignedHead, 'seq' | 'hash' | 'at'>): SignedHead {
  const { seq, hash, at } = head;
  const value = { seq, hash, at, keyId: key.keyId };
  return { ...value, signature: key.sign(value) };
}

export function isHeadSigned({ signature, ...head }: SignedHead, pem: string): boolean {
  const { seq, hash, at, keyId } = head;
  return isSigned({ seq, hash, at, keyId }, signature, pem);
}

const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

/** Sixteen hexadecimal digits of the public key's SHA-256. */
const keyIdOf = (pem: string): string => sha256(pem).slice(0, 16);

function read(make: () => KeyObject): KeyObject {
  const next = 'Give an Ed25519 key: openssl genpkey -algorithm ed25519.';
  try {
    const key = make();
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (cause) {
    throw fail('invalid_config', 'The key of the audit log cannot be read.', { next, cause });
  }
  throw fail('invalid_config', 'The key of the audit log is not an Ed25519 key.', { next });
}
