import { userInfo } from 'node:os';

/** Who sits at this machine, as the system knows them. */
export function callerName(env: NodeJS.ProcessEnv = process.env): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number that no password file knows.
    return env.USER ?? env.LOGNAME ?? `uid-${process.getuid?.() ?? 0}`;
  }
}
