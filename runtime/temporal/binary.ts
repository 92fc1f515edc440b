import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** The newest version of the CLI that `go install` can build; it holds server 1.29.1 and UI 2.42.1. */
export const TEMPORAL_CLI = 'v1.5.1';

const EXECUTABLE = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

/** Where Sluice keeps what is made once per machine and user: `SLUICE_CACHE`, else ~/.cache/sluice. */
export function cacheDirectory(env = process.env): string {
  return env.SLUICE_CACHE
    ? path.resolve(env.SLUICE_CACHE)
    : path.join(env.HOME ?? homedir(), '.cache', 'sluice');
}

/** The directory of our own build; its name changes with everything that makes another binary. */
export function buildDirectory(env = process.env): string {
  return path.join(cacheDirectory(env), `temporal-${TEMPORAL_CLI}-${process.platform}-${process.arch}`);
}

export const builtBinary = (env = process.env): string => path.join(buildDirectory(env), EXECUTABLE);

/** The first executable of that name on PATH. */
export function onPath(name: string, env = process.env): string | undefined {
  for (const directory of (env.PATH ?? '').split(path.delimiter)) {
    if (!path.isAbsolute(directory)) continue; // a relative entry means something else in every directory
    const file = path.join(directory, name);
    if (isExecutable(file)) return file;
  }
  return undefined;
}

/** `temporal` on PATH, else our own build, else `undefined`. */
export function findTemporal(env = process.env): string | undefined {
  const found = onPath(EXECUTABLE, env);
  if (found) return found;
  return existsSync(builtBinary(env)) ? builtBinary(env) : undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
