import type { OidcIssuer } from '../../../schemas/identity';
import type { PublishedKeys } from '../../../store/identity/issuer-keys';
import type { Store } from '../../../store/store';
import { fetchJson, unreachable } from './http';

/** Milliseconds for which keys are not asked for again, unless a token names one that is not among them. */
const FRESH_MS = 10 * 60_000;

type Kept = Pick<Store, 'identity'>;

/** The issuer's metadata and keys, fetched now and kept. Throws `issuer_unreachable`. */
export async function fetchKeys(store: Kept, { issuer }: OidcIssuer, now: Date): Promise<PublishedKeys> {
  const discovery = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const { status, body: metadata } = await fetchJson(issuer, discovery);
  // Another issuer's document would let it speak for this one (OpenID Connect Discovery 1.0, 4.3).
  if (status !== 200 || metadata.issuer !== issuer || typeof metadata.jwks_uri !== 'string')
    throw unreachable(issuer, new Error('not its discovery document'));
  const { status: found, body: keys } = await fetchJson(issuer, metadata.jwks_uri);
  if (found !== 200 || !Array.isArray(keys.keys)) throw unreachable(issuer, new Error('no JWK set'));
  const published = { metadata, keys, fetchedAt: now };
  await store.identity.keys.put(issuer, published);
  return published;
}

/**
 * The issuer's keys as they are kept while they are fresh; when it is down, older ones up to `maxAgeMs`.
 * Throws `issuer_unreachable`.
 */
export async function keysOf(
  store: Kept,
  issuer: OidcIssuer,
  { now, maxAgeMs }: { now: Date; maxAgeMs: number },
): Promise<PublishedKeys> {
  const kept = await store.identity.keys.get(issuer.issuer);
  const age = kept ? now.getTime() - kept.fetchedAt.getTime() : Infinity;
  if (kept && age <= FRESH_MS) return kept;
  try {
    return await fetchKeys(store, issuer, now);
  } catch (cause) {
    if (kept && age <= maxAgeMs) return kept;
    throw cause;
  }
}
