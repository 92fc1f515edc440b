import { assertScope, type Authenticated } from '../../governance/identity/subject';
import type { Scope } from '../../governance/identity/names';
import { fail } from '../../schemas/errors';
import type { Store } from '../../store/store';
import { callerOf, machineUser } from '../core/caller';
import type { Terminal } from './terminal';

/** Who calls, allowed to do this. Throws `token_invalid`, `token_expired`, `token_scope`. */
export async function callerAt(
  terminal: Terminal,
  { store, home }: { store: Store; home: string },
  scope: Scope,
  what: string,
): Promise<Authenticated> {
  const { env, cwd } = terminal.surroundings;
  const caller = await callerOf(store, { home, env, cwd });
  assertScope(caller, scope, what);
  return caller;
}

/**
 * Who decides: the caller, or whom `--by` names, which nobody verifies. Throws `usage` when somebody who is signed in
 * would decide as somebody else.
 */
export function deciding(terminal: Terminal, caller: Authenticated, by: string | undefined): Authenticated {
  if (by === undefined || by === caller.by) return caller;
  if (!caller.verified) return { ...machineUser(terminal.surroundings.env), by };
  throw fail('usage', `You are signed in as ${caller.by}; a decision by "${by}" would not be verified.`, {
    next: 'Leave --by out, or sign out first: sluice logout.',
  });
}
