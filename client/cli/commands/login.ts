import { text } from 'node:stream/consumers';
import { signInByDevice } from '../../../governance/identity/oidc/device';
import type { Authenticated } from '../../../governance/identity/subject';
import { rememberSecret } from '../../../governance/redact';
import { fail } from '../../../schemas/errors';
import type { Store } from '../../../store/store';
import { authenticate, type CallerPlace, callerOf, identityConfig } from '../../core/caller';
import { type Credential, dropCredential, keepCredential } from '../../core/credentials';
import { askHidden } from '../prompt';
import { renderCaller } from '../render/identity';
import type { CommandResult, Terminal } from '../terminal';
import { homeOf } from '../home';
import { withStore } from '../with-store';

export interface LoginOptions {
  tokenStdin?: boolean;
  /** An issuer, or true for the only one. */
  oidc?: string | true;
}

/** `sluice login`: checks a token and keeps it for this stack, in a file that only its owner can read. */
export function login(terminal: Terminal, options: LoginOptions): Promise<CommandResult> {
  const { env, cwd } = terminal.surroundings;
  return withStore(terminal, async ({ store, home }) => {
    const place = { home, env, cwd };
    const token =
      options.oidc === undefined
        ? await given(terminal, options)
        : await byDevice(terminal, store, place, options.oidc);
    const credential: Credential = { token };
    const caller = await authenticate(store, credential, place);
    const file = keepCredential(home, env, credential);
    if (env.SLUICE_TOKEN) terminal.say('SLUICE_TOKEN is set, too, and goes before what was kept now.');
    return {
      document: { ...shown(caller), file },
      text: `${renderCaller(caller, terminal.out)}\nKept in ${file}.`,
      exitCode: 0,
    };
  });
}

/** `sluice logout`: forgets what `login` kept. The token itself stays good until it ends or is revoked. */
export function logout(terminal: Terminal): Promise<CommandResult> {
  const dropped = dropCredential(homeOf(terminal), terminal.surroundings.env);
  const text = dropped
    ? 'Signed out here; sluice token revoke ends a token everywhere.'
    : 'Nobody was signed in.';
  return Promise.resolve({ document: { signedOut: dropped }, text, exitCode: 0 });
}

/** `sluice whoami`: as whom a decision would be counted. */
export function whoami(terminal: Terminal): Promise<CommandResult> {
  return withStore(terminal, async ({ store, home }) => {
    const caller = await callerOf(store, { home, ...terminal.surroundings });
    return { document: shown(caller), text: renderCaller(caller, terminal.out), exitCode: 0 };
  });
}

function shown({ tokenId: _tokenId, expiresAt, ...caller }: Authenticated): object {
  return { ...caller, ...(expiresAt ? { expiresAt: expiresAt.toISOString() } : {}) };
}

/** The person signs in with a browser, wherever that is; this waits. */
async function byDevice(
  terminal: Terminal,
  store: Store,
  place: CallerPlace,
  wanted: string | true,
): Promise<string> {
  const { oidc } = await identityConfig(place);
  const issuer = oidc.find((one) => wanted === true || one.issuer === wanted);
  if (!issuer || (wanted === true && oidc.length > 1)) {
    throw fail(
      'usage',
      issuer ? 'There are several issuers.' : 'There is no such issuer in sluice.config.yaml.',
      {
        next:
          oidc.length === 0
            ? 'Add one under identity.oidc, or sign in with a token: sluice login.'
            : `Name one: sluice login --oidc ISSUER (${oidc.map((one) => one.issuer).join(', ')})`,
      },
    );
  }
  return signInByDevice(store, issuer, ({ uri, code }) =>
    terminal.say(`Open ${uri} and confirm the code ${code}.`),
  );
}

async function given(terminal: Terminal, { tokenStdin }: LoginOptions): Promise<string> {
  const { stdin } = terminal.surroundings;
  const typed =
    tokenStdin || stdin.isTTY !== true
      ? await text(stdin)
      : terminal.interactive
        ? await askHidden(terminal, 'Token (not shown): ')
        : undefined;
  const token = typed?.trim() ?? '';
  if (token === '') {
    throw fail('usage', 'No token was given.', { next: 'Pipe it in: sluice login --token-stdin < file' });
  }
  rememberSecret(token);
  return token;
}
