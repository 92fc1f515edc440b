import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail, SluiceError } from '../../schemas/errors';
import type { HomePaths } from '../home';
import { prepareHome } from '../home';
import { withLock } from '../lock';
import { isRunning } from '../processes';
import type { StackState, StackWish } from '../stack-file';
import { type PartName, PARTS, readStack, writeStack } from '../stack-file';
import type { Say } from '../temporal/install';
import { clusterDirectory, ensureTemporalCluster } from '../temporal/cluster/install';
import { ensureTemporal } from '../temporal/install';
import { stopStack } from './down';
import { sameWish, stackWish, supervisorMain, workerMain } from './wish';

export interface UpOptions {
  home: string;
  /** Where the configuration is looked for. Default: the working directory. */
  cwd?: string;
  /** Temporal on PostgreSQL with this many workers; 0: the dev server. Default: as it was. */
  clusterWorkers?: number;
  say?: Say;
  /** For tests of the stack alone: another program than the worker. */
  worker?: string;
  supervisor?: string;
}

/** A stack that does nothing visible for this long, in milliseconds, is given up on. */
const PATIENCE_MS = 10 * 60_000;
/** A part that came back this often while somebody waited is not going to stay. */
const HOPELESS = 5;

/**
 * Starts the stack, or finds it running, and returns when every part serves and the worker polls its task queue.
 * Idempotent; a stack that was left half running by a killed supervisor is taken over.
 * @throws `port_in_use`, `permission_denied`, `disk_full`, `invalid_config`, `service_unreachable`, `lock_timeout`
 */
export async function up(options: UpOptions): Promise<StackState> {
  const say = options.say ?? (() => undefined);
  const paths = prepareHome(options.home);
  const wish = stackWish(
    paths.home,
    options.cwd ?? process.cwd(),
    readStack(paths),
    process.env,
    options.clusterWorkers,
  );
  const programs = await programsFor(wish, say);
  const lock = {
    what: 'starting or stopping this stack',
    timeoutMs: PATIENCE_MS,
    onWait: (pid: number) => say(`waiting for process ${pid}, which is starting or stopping this stack …`),
  };
  return withLock(paths.lock, lock, async () => {
    const running = readStack(paths);
    if (isRunning(running?.supervisor)) {
      if (
        running &&
        (running.phase === 'up' || running.phase === 'starting') &&
        sameWish(running.wish, wish)
      ) {
        return untilUp(paths, running.supervisor.pid, say);
      }
      say('what runs is an older build or another configuration: restarting it …');
      await stopStack(paths, say);
    }
    // Why an earlier start failed must not be taken for why this one does.
    if (running?.phase === 'failed') writeStack(paths, { ...running, phase: 'down', error: undefined });
    const supervisor = startSupervisor(paths, wish, options, programs);
    return untilUp(paths, supervisor, say);
  });
}

/** What the supervisor is given to start Temporal with: nothing when Temporal is somebody else's. */
async function programsFor(wish: StackWish, say: Say): Promise<string[]> {
  if (wish.temporalAddress !== undefined) return [];
  if (!wish.cluster) return ['--temporal', await ensureTemporal(say)];
  await ensureTemporalCluster(say);
  return ['--cluster', clusterDirectory()];
}

/** Detached, in a session of its own: it outlives the terminal. */
function startSupervisor(paths: HomePaths, wish: StackWish, options: UpOptions, programs: string[]): number {
  const log = openSync(path.join(paths.logs, 'supervisor.log'), 'a', 0o600);
  const args = [
    [options.supervisor ?? supervisorMain()],
    ['--home', paths.home],
    ['--wish', JSON.stringify(wish)],
    ['--worker', options.worker ?? workerMain()],
    programs,
  ];
  const child = spawn(process.execPath, args.flat(), {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: paths.home,
  });
  closeSync(log);
  child.unref();
  if (child.pid === undefined) throw lost(paths);
  return child.pid;
}

async function untilUp(paths: HomePaths, supervisor: number, say: Say): Promise<StackState> {
  const told = new Set<string>();
  const before: Partial<Record<PartName, number>> = {};
  const started = Date.now();
  for (let beat = started; ; await sleep(30)) {
    const state = readStack(paths);
    const mine = state?.supervisor?.pid === supervisor;
    const ended = !isAlive(supervisor);
    if (state?.phase === 'failed' && ended) throw state.error ? new SluiceError(state.error) : lost(paths);
    if (ended) throw lost(paths);
    if (state && mine) {
      for (const part of PARTS) {
        before[part] ??= state[part].restarts;
        if (state[part].ready && !told.has(part)) say(`${NAMES[part]} is up`);
        if (state[part].ready) told.add(part);
      }
      const sick = PARTS.find(
        (part) => state.phase === 'up' && state[part].restarts - (before[part] ?? 0) >= HOPELESS,
      );
      if (sick) throw restless(paths, sick, state[sick].lastExit?.how);
      const others = state.moreWorkers ?? [];
      const serving = [...PARTS.map((part) => state[part]), ...others].every(({ ready }) => ready);
      if (state.phase === 'up' && serving) return state;
    }
    if (Date.now() - beat > 10_000) {
      beat = Date.now();
      const waiting = PARTS.filter((part) => !told.has(part)).map((part) => NAMES[part]);
      say(`waiting for ${waiting.join(' and ')} (${Math.round((beat - started) / 1000)} s) …`);
    }
    if (Date.now() - started > PATIENCE_MS) throw lost(paths);
  }
}

const NAMES = { postgres: 'PostgreSQL', temporal: 'Temporal', worker: 'the worker' };

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function restless(paths: HomePaths, part: PartName, how = 'unknown'): Error {
  const log = path.join(paths.logs, `${part}.log`);
  return fail('service_unreachable', `${NAMES[part]} ends again and again (the last time: ${how}).`, {
    next: `Read ${log}, then run \`sluice doctor\`.`,
    state: 'The rest of the stack runs; it is tried again, ever more slowly.',
    place: log,
  });
}

function lost(paths: HomePaths): Error {
  const log = path.join(paths.logs, 'supervisor.log');
  return fail('service_unreachable', 'The stack did not come up, and its supervisor did not say why.', {
    next: `Read ${log}, then run \`sluice doctor\`.`,
    state: 'Some parts may be running; `sluice down` ends them.',
    place: log,
  });
}
