import { existsSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { writeFileAtomic } from '../../runtime/atomic';
import { PRIVATE_MODE } from '../../runtime/home';
import { fail } from '../../schemas/errors';

/** What somebody has signed in with. */
export interface Credential {
  /** A local token, or an id token of an issuer. */
  token: string;
}

type Kept = Record<string, Credential>;

const MODE = 0o600;

/** Credentials are a person's, not a stack's: `$XDG_CONFIG_HOME/sluice/credentials.json`, one per stack's home. */
export function credentialsFile(env: NodeJS.ProcessEnv): string {
  const config = env.XDG_CONFIG_HOME ? env.XDG_CONFIG_HOME : path.join(env.HOME ?? homedir(), '.config');
  return path.join(config, 'sluice', 'credentials.json');
}

/** Of `SLUICE_TOKEN`, else of `sluice login`. Throws `permission_denied` when others could read the file. */
export function findCredential(home: string, env: NodeJS.ProcessEnv): Credential | undefined {
  if (env.SLUICE_TOKEN) return { token: env.SLUICE_TOKEN.trim() };
  return read(credentialsFile(env))[keyOf(home)];
}

export function keepCredential(home: string, env: NodeJS.ProcessEnv, credential: Credential): string {
  const file = credentialsFile(env);
  mkdirSync(path.dirname(file), { recursive: true, mode: PRIVATE_MODE });
  write(file, { ...read(file), [keyOf(home)]: credential });
  return file;
}

/** False when there was none. */
export function dropCredential(home: string, env: NodeJS.ProcessEnv): boolean {
  const file = credentialsFile(env);
  const { [keyOf(home)]: dropped, ...rest } = read(file);
  if (dropped) write(file, rest);
  return dropped !== undefined;
}

const keyOf = (home: string): string => (existsSync(home) ? realpathSync(home) : home);

const write = (file: string, kept: Kept): void =>
  writeFileAtomic(file, `${JSON.stringify(kept, undefined, 2)}\n`, MODE);

function read(file: string): Kept {
  if (!existsSync(file)) return {};
  if ((statSync(file).mode & 0o077) !== 0) {
    throw fail('permission_denied', `Others can read ${file}, which holds your credentials.`, {
      next: `chmod 600 ${file}, and if they may have read it: sluice token revoke.`,
    });
  }
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Kept;
  } catch (cause) {
    throw fail('permission_denied', `${file} cannot be read as what sluice login wrote.`, {
      next: 'Remove it and sign in again: sluice login.',
      cause,
    });
  }
}
