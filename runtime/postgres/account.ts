import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fail } from '../../schemas/errors';

/** An operating-system account, as `child_process.spawn` takes it. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

const CANDIDATES = ['postgres', 'nobody'];

/**
 * The account PostgreSQL must run as: `undefined` when we may run it ourselves. PostgreSQL refuses to run as root,
 * so root hands it to an account that can do little else.
 * @throws `permission_denied` when we are root and no such account exists.
 */
export function serverAccount(passwd = '/etc/passwd'): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync(passwd, 'utf8').split('\n');
  for (const name of CANDIDATES) {
    const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':');
    const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
    if (Number.isInteger(uid) && uid > 0 && Number.isInteger(gid)) return { name, uid, gid };
  }
  throw fail(
    'permission_denied',
    `PostgreSQL refuses to run as root and there is no account "${CANDIDATES.join('" or "')}".`,
    {
      next: 'Run sluice as an ordinary user, or add an account: useradd --system postgres',
      state: 'PostgreSQL was not started.',
    },
  );
}

/**
 * Whether `account` can read and enter `path`, tried as that account: modes of every directory above, ACLs and
 * mount options all count.
 */
export function canReach(account: Account | undefined, path: string): boolean {
  const as = account ? { uid: account.uid, gid: account.gid } : {};
  // The shell's own working directory must not matter, so it is one that everybody can enter.
  const test = spawnSync('/bin/sh', ['-c', 'test -r "$1" && test -x "$1"', 'sh', path], { ...as, cwd: '/' });
  return test.status === 0;
}
