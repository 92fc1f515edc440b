import { z } from 'zod';

/** The secret with the key that signs the audit log. */
export const AUDIT_KEY_SECRET = 'audit-signing-key';

/**
 * Credentials of the stack itself, by the names of their files in `<home>/secrets`: roles of the embedded PostgreSQL,
 * Temporal's role there, the password file, the audit log's key.
 */
const STACK_CREDENTIALS = new Set([
  'postgres',
  'sluice_writer',
  'sluice_reader',
  'sluice_rehearsal',
  'sluice_store',
  'sluice_temporal',
  'pgpass',
  AUDIT_KEY_SECRET,
]);

/**
 * Whether a secret of this name is the stack's own, which no `secret://` reference reaches. Names that mean the same
 * variable of the environment (`sluice.store` and `SLUICE_STORE`) count as the same.
 */
export function isStackCredential(name: string): boolean {
  // Of one in Vault (`path/name#field`) the last part of its path: that is where the stack's own would be looked for.
  const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '_');
  const last = plain(name.replace(/#.*$/, '').split('/').at(-1)!);
  return [...STACK_CREDENTIALS].some((own) => plain(own) === last);
}

/** A reference to a secret; the only thing a credential field accepts. */
export const secretRefSchema = z
  .string()
  .regex(
    /^secret:\/\/([A-Za-z_][A-Za-z0-9_.-]{0,127}|vault\/[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*){0,19}(#[A-Za-z0-9_.-]{1,128})?)$/,
    'a reference like secret://name; a literal is refused',
  )
  .refine((reference) => !isStackCredential(reference.slice('secret://'.length)), {
    message: "one of the stack's own credentials, which nothing may refer to; choose another name",
  });
