import type { Store } from '../../store/store';
import { SCOPES } from './names';
import { type Authenticated, expired, invalid } from './subject';
import { hashOfToken, isToken } from './token-text';

/**
 * Whose token this is. Notes that it was used. Throws `token_invalid` for one that is unknown or revoked,
 * `token_expired`.
 */
export async function authenticateToken(
  store: Pick<Store, 'identity'>,
  token: string,
): Promise<Authenticated> {
  if (!isToken(token)) throw invalid('This is not a token: one is "slt_" and 43 characters.');
  const row = await store.identity.tokens.use(hashOfToken(token));
  if (!row) throw invalid('Nobody has this token; it was never made here, or its user was removed.');
  if (row.revokedAt) throw invalid(`The token ${row.id} of ${row.user} was revoked.`);
  if (row.expired)
    throw expired(`The token ${row.id} of ${row.user} expired ${row.expiresAt.toISOString()}.`);
  return {
    by: row.user,
    verified: true,
    roles: row.roles,
    method: 'token',
    identity: `token:${row.id}`,
    tokenId: row.id,
    scopes: SCOPES.filter((scope) => row.scopes.includes(scope)),
    expiresAt: row.expiresAt,
  };
}
