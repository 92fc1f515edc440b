import { createHash } from 'node:crypto';

export const SHADOW_PREFIX = 'sluice_shadow_';
export const BASE_PREFIX = 'sluice_base_';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The database of a shadow. Ids that are no plain names become a hash: nothing a caller says leaves the prefix. */
export function shadowDatabase(id: string): string {
  return SHADOW_PREFIX + (/^[a-z0-9_]{1,40}$/.test(id) ? id : `h${sha256(id).slice(0, 32)}`);
}

/** The cached base that has this content: same parts, same name. */
export function baseDatabase(parts: Readonly<Record<string, unknown>>): string {
  return BASE_PREFIX + sha256(JSON.stringify(parts)).slice(0, 32);
}
