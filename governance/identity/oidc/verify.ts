import type { JWTPayload, JSONWebKeySet } from 'jose' with { 'resolution-mode': 'import' };
import { fail } from '../../../schemas/errors';
import { durationMs } from '../../../schemas/goal';
import type { IdentityConfig, OidcIssuer } from '../../../schemas/identity';
import type { Store } from '../../../store/store';
import { isRole, personName, USUAL_SCOPES } from '../names';
import { type Authenticated, expired, invalid } from '../subject';
import { fetchKeys, keysOf } from './keys';

/** Asymmetric signatures only: `none` is nobody's, and HS* would be keyed with what is public. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/**
 * Whose id token this is: signed by a key that its issuer publishes, for our audience, at this time (OpenID Connect
 * Core 1.0, 3.1.3.7). Throws `token_invalid`, `token_expired`, `issuer_unreachable`, `identity_conflict`.
 */
export async function authenticateIdToken(
  store: Pick<Store, 'identity'>,
  config: IdentityConfig,
  token: string,
  now = new Date(),
): Promise<Authenticated> {
  const jose = await import('jose');
  const issuer = issuerOf(config, () => jose.decodeJwt(token));
  const claims = await verified(store, config, issuer, token, now);
  const { sub, exp } = claims;
  const identity = { issuer: issuer.issuer, subject: sub! };
  const known = await store.identity.users.seen(identity, nameIn(claims, issuer));
  if (!known) {
    throw fail('identity_conflict', `${issuer.issuer}#${sub} would have a name that is somebody else’s.`, {
      next: `Say which user this is: sluice user link NAME '${issuer.issuer}#${sub}'`,
      state: 'Nobody was signed in.',
    });
  }
  return {
    by: known.name,
    verified: true,
    roles: [...new Set([...known.roles, ...rolesIn(claims, issuer)])].sort(),
    method: 'oidc',
    identity: `oidc:${issuer.issuer}#${sub}`,
    scopes: known.roles.includes('admin') ? [...USUAL_SCOPES, 'admin'] : USUAL_SCOPES,
    expiresAt: new Date(exp! * 1000),
  };
}

function issuerOf(config: IdentityConfig, decode: () => JWTPayload): OidcIssuer {
  let iss: string | undefined;
  try {
    ({ iss } = decode());
  } catch (cause) {
    throw invalid('This is neither a token of Sluice ("slt_…") nor an id token of an issuer.', cause);
  }
  const issuer = config.oidc.find((one) => one.issuer === iss);
  if (issuer) return issuer;
  throw invalid('The token is of an issuer that sluice.config.yaml does not name under identity.oidc.');
}

async function verified(
  store: Pick<Store, 'identity'>,
  config: IdentityConfig,
  issuer: OidcIssuer,
  token: string,
  now: Date,
): Promise<JWTPayload> {
  const jose = await import('jose');
  const skew = durationMs(config.clockSkew) / 1000;
  const check = async (keys: Record<string, unknown>): Promise<JWTPayload> => {
    const { payload } = await jose.jwtVerify(
      token,
      jose.createLocalJWKSet(keys as unknown as JSONWebKeySet),
      {
        issuer: issuer.issuer,
        audience: issuer.audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['sub', 'exp', 'iat'],
        clockTolerance: skew,
        currentDate: now,
      },
    );
    return payload;
  };
  const maxAgeMs = durationMs(config.keysMaxAge);
  try {
    const kept = await keysOf(store, issuer, { now, maxAgeMs });
    const payload = await check(kept.keys).catch(async (cause: unknown) => {
      // The issuer may have changed its keys since they were fetched: asked once more, and not twice.
      if (!(cause instanceof jose.errors.JWKSNoMatchingKey) || kept.fetchedAt === now) throw cause;
      return check((await fetchKeys(store, issuer, now)).keys);
    });
    if (payload.iat! > now.getTime() / 1000 + skew)
      throw invalid('The token is from the future: compare the clocks of its issuer and of this machine.');
    if (payload.azp !== undefined && issuer.clientId !== undefined && payload.azp !== issuer.clientId)
      throw invalid('The token was given to another client (azp).');
    return payload;
  } catch (cause) {
    if (cause instanceof jose.errors.JWTExpired)
      throw expired(`The id token of ${issuer.issuer} has expired.`);
    // jose says which check failed, never what the token holds.
    if (cause instanceof jose.errors.JOSEError)
      throw invalid(`The token does not verify: ${cause.code}.`, cause);
    throw cause;
  }
}

function nameIn(claims: JWTPayload, { userClaim }: OidcIssuer): string {
  const value = claims[userClaim];
  const name = typeof value === 'string' ? personName(value) : undefined;
  if (name === undefined) throw invalid(`The token has no claim "${userClaim}" that could be a name.`);
  if (userClaim === 'email' && claims.email_verified === false)
    throw invalid('The issuer has not verified the e-mail address that would be the name.');
  return name;
}

function rolesIn(claims: JWTPayload, { rolesClaim, roleMap }: OidcIssuer): string[] {
  if (rolesClaim === undefined) return [];
  const nested = (path: string): unknown =>
    path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], claims);
  const value = claims[rolesClaim] ?? nested(rolesClaim);
  const given = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
  return given.flatMap((one) => (Object.hasOwn(roleMap, one) ? [roleMap[one]!] : [])).filter(isRole);
}
