import { spawn } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fail } from '../../schemas/errors';
import { cacheDirectory, onPath } from './binary';

/** Tells a person what is going on; one line each. */
export type Say = (line: string) => void;

/** Go's installer puts itself there without touching PATH. */
const GO_PLACES = ['/usr/local/go/bin', '/usr/lib/go/bin', '/opt/homebrew/bin'];

export const findGo = (): string | undefined =>
  onPath('go') ?? onPath('go', { PATH: GO_PLACES.join(path.delimiter) });

export interface GoBuild {
  go: string;
  /** Packages with their versions, as `go install` takes them. */
  packages: string[];
  /** Appears with all binaries in it or not at all: what is interrupted leaves nothing that looks like a binary. */
  directory: string;
  /** What is built, as a person calls it. */
  what: string;
  minutes: number;
  say: Say;
  /** Puts beside the binaries what they need. */
  finish?: (directory: string) => Promise<void>;
}

/** Builds with Go into a directory of the cache. @throws `internal` with what Go said last */
export async function goBuild({
  go,
  packages,
  directory,
  what,
  minutes,
  say,
  finish,
}: GoBuild): Promise<void> {
  const temporary = `${directory}.building`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  say(`building ${what} with Go; this happens once and takes about ${minutes} minutes on two cores …`);
  const started = Date.now();
  const progress = setInterval(() => say(`still building ${what} (${elapsed(started)}) …`), 20_000);
  try {
    // Without symbol tables: two thirds of the size, and quicker to link.
    await runGo(go, ['install', '-ldflags=-s -w', ...packages], { GOBIN: temporary });
    await finish?.(temporary);
  } finally {
    clearInterval(progress);
  }
  rmSync(directory, { recursive: true, force: true });
  renameSync(temporary, directory);
  say(`built ${what} in ${elapsed(started)}`);
}

/** What the command printed. */
export async function runGo(go: string, args: string[], more: NodeJS.ProcessEnv = {}): Promise<string> {
  const env = { ...process.env, HOME: process.env.HOME || homedir(), ...more };
  const child = spawn(go, args, { env, cwd: cacheDirectory(), stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4_000)));
  const code = await new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (status, signal) => resolve(status ?? signal ?? 'unknown'));
  });
  if (code === 0) return output;
  const said = errors.trim().split('\n').slice(-3).join(' | ');
  throw fail('internal', `\`go ${args.join(' ')}\` failed (${code}): ${said}`, { next: 'Try again.' });
}

function elapsed(since: number): string {
  const seconds = Math.round((Date.now() - since) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
