import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fail } from '../../schemas/errors';
import { withLock } from '../lock';
import { buildDirectory, builtBinary, cacheDirectory, findTemporal, TEMPORAL_CLI } from './binary';
import { findGo, goBuild, type Say } from './go';

export type { Say } from './go';

const MODULE = `github.com/temporalio/cli/cmd/temporal@${TEMPORAL_CLI}`;

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
    const go = findGo();
    if (go) await build(go, say);
    else await download(say);
    return builtBinary();
  });
}

/** @throws `not_found` */
async function build(go: string, say: Say): Promise<void> {
  const what = `the Temporal server ${TEMPORAL_CLI}`;
  try {
    await goBuild({ go, packages: [MODULE], directory: buildDirectory(), what, minutes: 5, say });
  } catch (cause) {
    throw missing((cause as Error).message, cause);
  }
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
