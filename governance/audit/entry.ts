import type { StoredEntry } from '../../store/audit/log';
import { canonicalJson, sha256 } from '../../store/digest';

/** The hash that stands before the first entry. */
export const GENESIS = '0'.repeat(64);

/** SHA-256 over the canonical JSON (RFC 8785) of an entry without its hash. Throws for data that is not JSON. */
export function entryHash({
  seq,
  prev,
  at,
  actor,
  action,
  subject,
  data,
}: Omit<StoredEntry, 'hash'>): string {
  const value: unknown = JSON.parse(data);
  return sha256(canonicalJson({ seq, prev, at, actor, action, subject, data: value }));
}

/** Whether what stands there is what its hash was taken of, byte for byte. */
export function isIntact(entry: StoredEntry): boolean {
  try {
    return entryHash(entry) === entry.hash && canonicalJson(JSON.parse(entry.data)) === entry.data;
  } catch {
    return false;
  }
}
