import { fail, type SluiceError } from '../../schemas/errors';
import type { Subject } from '../../store/identity/tickets';
import type { Scope } from './names';

/** Who was authenticated, and what they may do with what they showed. */
export interface Authenticated extends Subject {
  scopes: readonly Scope[];
  /** When what they showed ends; absent for the user of the machine. */
  expiresAt?: Date;
}

/** Throws `token_scope` when what they showed is not for this. */
export function assertScope(who: Authenticated, scope: Scope, what: string): void {
  if (who.scopes.includes(scope)) return;
  throw fail('token_scope', `The token of ${who.by} is not for this: ${what} needs the scope "${scope}".`, {
    next: tokenWith(who, scope),
  });
}

function tokenWith(who: Authenticated, scope: Scope): string {
  const create = `sluice token create --user ${who.by} --scope ${[...who.scopes, scope].join(',')}`;
  // Making a token needs the scope itself, so who has not got it cannot help themselves.
  return scope === 'admin'
    ? `An admin can make one that has it: ${create}. While no user is an admin, sign out first: sluice logout.`
    : `Use a token that has it: ${create}`;
}

export function invalid(message: string, cause?: unknown): SluiceError {
  return fail('token_invalid', message, {
    next: 'Sign in again: sluice login.',
    state: 'Nothing was done in anybody’s name.',
    cause,
  });
}

export function expired(message: string): SluiceError {
  return fail('token_expired', message, {
    next: 'Sign in again (sluice login), or make a new token: sluice token create.',
    state: 'Nothing was done in anybody’s name.',
  });
}
