import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, SluiceError } from '../../schemas/errors';
import type { ResolveSecret } from '../secrets';
import { AUDIT_KEY_SECRET } from '../../schemas/secret-ref';
import { newPrivateKey, publicKey, signingKey, type SigningKey } from './keys';

/** Beside the heads, readable for everybody who may see the home. */
export const PUBLIC_KEY_FILE = 'audit-public.pem';
export const HEADS_FILE = 'audit-heads.ndjson';

/**
 * The key that signs: from the secret, else made at first use in the home's secrets. Several workers of a cluster must
 * be given the same secret, or each signs with its own. `resolveOwn`: one that resolves the stack's own credentials.
 */
export async function homeSigningKey(home: string, resolveOwn: ResolveSecret): Promise<SigningKey> {
  const key = signingKey(
    await resolveOwn(`secret://${AUDIT_KEY_SECRET}`).catch((cause: unknown) => made(home, cause)),
  );
  const file = join(home, PUBLIC_KEY_FILE);
  if (!existsSync(file) || readFileSync(file, 'utf8') !== key.publicKey)
    writeFileSync(file, key.publicKey, { mode: 0o644 });
  return key;
}

/** Public keys that a home trusts: its own. Empty where it has never signed. */
export function trustedKeys(home: string): Map<string, string> {
  const file = join(home, PUBLIC_KEY_FILE);
  if (!existsSync(file)) return new Map();
  const { keyId, publicKey: pem } = publicKey(readFileSync(file, 'utf8'));
  return new Map([[keyId, pem]]);
}

function made(home: string, cause: unknown): string {
  if (!(cause instanceof SluiceError) || cause.code !== 'secret_missing') throw cause;
  const file = join(home, 'secrets', AUDIT_KEY_SECRET);
  // A name that no reference can have.
  const temporary = join(home, 'secrets', `.${AUDIT_KEY_SECRET}.${randomBytes(4).toString('hex')}`);
  try {
    writeFileSync(temporary, newPrivateKey(), { mode: 0o600, flag: 'wx' });
    // Fails where another process was faster: then there is one key, theirs.
    linkSync(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw fail('permission_denied', `The key of the audit log cannot be written to ${home}/secrets.`, {
        next: 'Make the home writable, or give the worker the secret audit-signing-key.',
        cause: error,
      });
    }
  } finally {
    rmSync(temporary, { force: true });
  }
  return readFileSync(file, 'utf8');
}
