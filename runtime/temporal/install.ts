import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fail } from '../../schemas/errors';
import { withLock } from '../lock';
import { buildDirectory, builtBinary, cacheDirectory, findTemporal, onPath, TEMPORAL_CLI } from './binary';

/** Tells a person what is going on; one line each. */
export type Say = (line: string) => void;

const MODULE = `github.com/temporalio/cli/cmd/temporal@${TEMPORAL_CLI}`;
/** Go's installer puts itself there without touching PATH. */
const GO_PLACES = ['/usr/local/go/bin', '/usr/lib/go/bin', '/opt/homebrew/bin'];

/**
 * The Temporal binary: on PATH, else in our cache, else built by Go into our cache (once per machine and user), else
 * downloaded as @temporalio/testing does.
 * @throws `not_found` when none of that works.
 */
export async function ensureTemporal(say: Say): Promise<string> {
  const found = findTemporal();
  if (found) return found;
  mkdirSync(cacheDirectory(), { recursive: true });
  const lock = {
    what: 'getting the Temporal server',
    timeoutMs: 30 * 60_000,
    onWait: (pid: number) => say(`waiting for process ${pid}, which is getting the Temporal server …`),
  };
  return withLock(path.join(cacheDirectory(), 'temporal.lock'), lock, async () => {
    const made = findTemporal();
    if (made) return made;
    const go = onPath('go') ?? onPath('go', { PATH: GO_PLACES.join(path.delimiter) });
    if (go) await build(go, say);
    else await download(say);
    return builtBinary();
  });
}

/** Into a directory of its own first: a build that is interrupted leaves nothing that looks like a binary. */
async function build(go: string, say: Say): Promise<void> {
  const temporary = `${buildDirectory()}.building`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  say(
    `building the Temporal server ${TEMPORAL_CLI} with Go; this happens once and takes about 5 minutes on two cores …`,
  );
  const env = { ...process.env, HOME: process.env.HOME || homedir(), GOBIN: temporary };
  const started = Date.now();
  const progress = setInterval(
    () => say(`still building the Temporal server (${elapsed(started)}) …`),
    20_000,
  );
  try {
    // Without symbol tables: two thirds of the size, and quicker to link.
    await run(go, ['install', '-ldflags=-s -w', MODULE], env);
  } finally {
    clearInterval(progress);
  }
  rmSync(buildDirectory(), { recursive: true, force: true });
  renameSync(temporary, buildDirectory());
  say(`built the Temporal server in ${elapsed(started)}`);
}

async function run(go: string, args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(go, args, { env, cwd: cacheDirectory(), stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4_000)));
  const code = await new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (status, signal) => resolve(status ?? signal ?? 'unknown'));
  });
  if (code === 0) return;
  const said = errors.trim().split('\n').slice(-3).join(' | ');
  throw missing(`\`go ${args.join(' ')}\` failed (${code}): ${said}`);
}

/** The SDK's own downloader, by starting a server with it once. */
async function download(say: Say): Promise<void> {
  say(
    `downloading the Temporal server ${TEMPORAL_CLI}: there is neither a \`temporal\` nor a \`go\` on PATH …`,
  );
  const temporary = `${buildDirectory()}.downloading`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  try {
    const { TestWorkflowEnvironment } = await import('@temporalio/testing');
    const executable = { type: 'cached-download', version: TEMPORAL_CLI, downloadDir: temporary } as const;
    const environment = await TestWorkflowEnvironment.createLocal({ server: { executable } });
    await environment.teardown();
  } catch (cause) {
    throw missing(`its download failed: ${(cause as Error).message}`, cause);
  }
  const [file] = readdirSync(temporary).filter((name) => name.startsWith('temporal'));
  if (!file) throw missing('its download left no file');
  chmodSync(path.join(temporary, file), 0o755);
  mkdirSync(buildDirectory(), { recursive: true });
  renameSync(path.join(temporary, file), builtBinary());
  rmSync(temporary, { recursive: true, force: true });
}

function missing(why: string, cause?: unknown): Error {
  return fail('not_found', `There is no Temporal server on this machine, and ${why}.`, {
    next: 'Install Go (https://go.dev/dl) or the Temporal CLI (https://docs.temporal.io/cli), then try again.',
    state: 'The stack was not started.',
    cause,
  });
}

function elapsed(since: number): string {
  const seconds = Math.round((Date.now() - since) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
