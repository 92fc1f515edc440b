import { Management } from '../../../governance/identity/manage';
import { assertScopes, USUAL_SCOPES } from '../../../governance/identity/names';
import { fail } from '../../../schemas/errors';
import { durationMs, durationSchema } from '../../../schemas/goal';
import type { TokenRow } from '../../../store/identity/tokens';
import { callerAt } from '../caller';
import { moment } from '../render/numbers';
import { renderTokens } from '../render/identity';
import type { CommandResult, Terminal } from '../terminal';
import { withStore } from '../with-store';

export interface TokenCreateOptions {
  user: string;
  scope?: string;
  expires: string;
  note?: string;
}

/** `sluice token create`: the token is on stdout, this once; all else that is said goes to stderr. */
export function tokenCreate(terminal: Terminal, options: TokenCreateOptions): Promise<CommandResult> {
  const { user, note } = options;
  const scopes = options.scope === undefined ? USUAL_SCOPES : assertScopes(options.scope);
  const expiresMs = lifetime(options.expires);
  return withStore(terminal, async (at) => {
    const management = await Management.as(
      at.store,
      await callerAt(terminal, at, 'admin', 'managing tokens'),
    );
    const { id, token, expiresAt } = await management.createToken(user, { scopes, expiresMs, note });
    if (!terminal.json)
      terminal.say(
        `Token ${id} of ${user} for ${scopes.join(', ')}, until ${moment(expiresAt)}. It is shown this once.`,
      );
    const document = { id, token, user, scopes, expiresAt: expiresAt.toISOString() };
    return { document, text: token, exitCode: 0 };
  });
}

/** `sluice token list`: never the tokens; `--json` gives `{tokens: […]}`. */
export function tokenList(terminal: Terminal, { user }: { user?: string }): Promise<CommandResult> {
  return withStore(terminal, async ({ store }) => {
    const tokens = await store.identity.tokens.list(user);
    return { document: { tokens: tokens.map(shown) }, text: renderTokens(tokens, terminal.out), exitCode: 0 };
  });
}

/** `sluice token revoke ID` */
export function tokenRevoke(terminal: Terminal, id: string): Promise<CommandResult> {
  return withStore(terminal, async (at) => {
    const caller = await callerAt(terminal, at, 'admin', 'managing tokens');
    await (await Management.as(at.store, caller)).revokeToken(id);
    return { document: { id, revoked: true }, text: `The token ${id} is good for nothing now.`, exitCode: 0 };
  });
}

function lifetime(text: string): number {
  if (!durationSchema.safeParse(text).success) {
    throw fail('usage', `"${text}" is no duration.`, { next: 'Like 12h or 30d.' });
  }
  return durationMs(text);
}

function shown({ expired, roles: _roles, ...token }: TokenRow): object {
  return { ...token, state: token.revokedAt ? 'revoked' : expired ? 'expired' : 'valid' };
}
