import type { Authenticated } from '../../../governance/identity/subject';
import type { TokenRow } from '../../../store/identity/tokens';
import type { UserRow } from '../../../store/identity/users';
import { moment } from './numbers';
import { plainDeep, type Style } from './style';

/** As whom the caller acts, and what that is worth. */
export function renderCaller(given: Authenticated, { paint }: Style): string {
  const { by, verified, roles, method, identity, scopes, expiresAt } = plainDeep(given);
  if (!verified)
    return `${paint.bold(by)} ${paint.dim('not verified: the user of this machine (sluice login signs in)')}`;
  return [
    `${paint.bold(by)} ${paint.green('verified')} ${paint.dim(`by ${method === 'oidc' ? 'OIDC' : 'token'}`)}`,
    `  ${paint.dim('identity')} ${identity ?? ''}`,
    `  ${paint.dim('roles')}    ${roles.length === 0 ? 'none' : roles.join(', ')}`,
    `  ${paint.dim('may')}      ${scopes.join(', ')}`,
    ...(expiresAt ? [`  ${paint.dim('until')}    ${moment(given.expiresAt!)}`] : []),
  ].join('\n');
}

/** One line a user; an identity of an issuer below it. */
export function renderUsers(given: readonly UserRow[], { paint }: Style): string {
  if (given.length === 0) return 'No users: who calls is the user of the machine, and is not verified.';
  const width = Math.max(...given.map(({ name }) => name.length));
  return plainDeep(given)
    .flatMap(({ name, roles, oidc }) => [
      `${paint.bold(name.padEnd(width))}  ${roles.length === 0 ? paint.dim('no role') : roles.join(', ')}`,
      ...oidc.map(({ issuer, subject }) => paint.dim(`  is ${issuer}#${subject}`)),
    ])
    .join('\n');
}

/** One line a token: whose, for what, how long, when it was last used. */
export function renderTokens(given: readonly TokenRow[], { paint }: Style): string {
  if (given.length === 0) return 'No tokens.';
  const width = Math.max(...given.map(({ user }) => user.length));
  return given
    .map(({ id, user, scopes, note, expiresAt, revokedAt, expired, lastUsedAt }) => {
      const state = revokedAt
        ? paint.red('revoked')
        : expired
          ? paint.red('expired')
          : `until ${moment(expiresAt)}`;
      const used = lastUsedAt ? `used ${moment(lastUsedAt)}` : 'never used';
      const what = `${id}  ${paint.bold(user.padEnd(width))}  ${scopes.join(',')}  ${state}`;
      return `${what}  ${paint.dim(`${used}${note === null ? '' : `  ${plainDeep(note)}`}`)}`;
    })
    .join('\n');
}
