import { userInfo } from 'node:os';
import { authenticateToken } from '../../governance/identity/local';
import { SCOPES } from '../../governance/identity/names';
import { authenticateIdToken } from '../../governance/identity/oidc/verify';
import type { Authenticated } from '../../governance/identity/subject';
import { looksLikeToken } from '../../governance/identity/token-text';
import { rememberSecret } from '../../governance/redact';
import { findConfig } from '../../runtime/home';
import { fail, SluiceError } from '../../schemas/errors';
import { identitySchema, type IdentityConfig } from '../../schemas/identity';
import type { Store } from '../../store/store';
import { loadConfig } from './config';
import { type Credential, findCredential } from './credentials';

/** Where a caller's credential is looked for. */
export interface CallerPlace {
  /** Of the stack that is called. */
  home: string;
  env: NodeJS.ProcessEnv;
  cwd: string;
}

/** Who sits at this machine, as the system knows them. */
export function callerName(env: NodeJS.ProcessEnv = process.env): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number that no password file knows.
    return env.USER ?? env.LOGNAME ?? `uid-${process.getuid?.() ?? 0}`;
  }
}

/**
 * Who calls: whoever `SLUICE_TOKEN` or `sluice login` vouches for, else the user of this machine, who is not verified.
 * A credential that is no good is an error, never a reason to go on as somebody else.
 * Throws `token_invalid`, `token_expired`, `issuer_unreachable`, `permission_denied`.
 */
export async function callerOf(store: Pick<Store, 'identity'>, place: CallerPlace): Promise<Authenticated> {
  const credential = findCredential(place.home, place.env);
  if (!credential) return machineUser(place.env);
  if (!place.env.SLUICE_TOKEN) return authenticate(store, credential, place);
  return authenticate(store, credential, place).catch((cause: unknown) => {
    throw ofVariable(cause);
  });
}

/** Signing in does not help against a variable that goes before it. */
function ofVariable(cause: unknown): unknown {
  if (!(cause instanceof SluiceError)) return cause;
  const { code, message, state } = cause.problem;
  if (code !== 'token_invalid' && code !== 'token_expired') return cause;
  const next = 'Set SLUICE_TOKEN to a token that is good, or unset it: it goes before sluice login.';
  return fail(code, message, { next, state, cause });
}

/** Whose credential this is. Throws `token_invalid`, `token_expired`. */
export async function authenticate(
  store: Pick<Store, 'identity'>,
  credential: Credential,
  place: CallerPlace,
): Promise<Authenticated> {
  rememberSecret(credential.token);
  if (looksLikeToken(credential.token)) return authenticateToken(store, credential.token);
  return authenticateIdToken(store, await identityConfig(place), credential.token);
}

/** The issuers that the project's configuration names. */
export async function identityConfig({ home, cwd }: CallerPlace): Promise<IdentityConfig> {
  const { identity } = await loadConfig(findConfig(home, cwd));
  return identity ?? identitySchema.parse({});
}

export function machineUser(env: NodeJS.ProcessEnv): Authenticated {
  return { by: callerName(env), verified: false, roles: [], method: 'os', scopes: SCOPES };
}
