/** Brings a clone to where its code can run: dependencies, then the build. Says what it waits for, on stderr. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fresh from './fresh.cjs';

export const { root, isBuilt, isInstalled } = fresh;

export const say = (line) => process.stderr.write(`sluice: ${line}\n`);

/** A failure that is told to a person as it is, without a stack trace. */
export class Refusal extends Error {}

/** Runs a program; its output goes to our stderr, for stdout belongs to the results. */
export async function run(command, args, options = {}) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve(status ?? signal));
  });
  if (code !== 0) throw new Refusal(`\`${path.basename(command)} ${args.join(' ')}\` failed (${code})`);
}

/** Several commands may start in a fresh clone at once; one of them prepares it. */
async function alone(what, work) {
  const file = path.join(root, '.cache', 'prepare.lock');
  mkdirSync(path.dirname(file), { recursive: true });
  for (let told = false; ; await sleep(100)) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = holderOf(file);
    if (holder === undefined) rmSync(file, { force: true });
    else if (!told) say(`waiting for process ${holder}, which is preparing this clone (${what}) …`);
    told = true;
  }
  const alive = setInterval(() => utimesSync(file, new Date(), new Date()), BEAT_MS);
  try {
    await work();
  } finally {
    clearInterval(alive);
    rmSync(file, { force: true });
  }
}

/** How often the holder of the lock shows that it is alive: a number alone may by now be another process's. */
const BEAT_MS = 2_000;

function holderOf(file) {
  try {
    if (Date.now() - statSync(file).mtimeMs > 10 * BEAT_MS) return undefined;
    const pid = Number(readFileSync(file, 'utf8'));
    // Created, and its pid not yet written: somebody's, for this instant.
    if (pid === 0) return 'unknown';
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return error.code === 'EPERM' ? 'unknown' : undefined;
  }
}

export async function ensureInstalled() {
  if (isInstalled()) return;
  await alone('installing dependencies', async () => {
    if (isInstalled()) return;
    say('installing dependencies (npm ci; about half a minute the first time) …');
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    await run(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  });
}

export async function ensureBuilt() {
  if (isBuilt()) return;
  await alone('building', async () => {
    if (isBuilt()) return;
    say('building …');
    await run(process.execPath, [path.join(root, 'scripts', 'build.mjs')]);
  });
}

/** Runs a script's body; a refusal is one line and exit code 1. */
export function main(body) {
  body().catch((error) => {
    say(error instanceof Refusal || error.problem ? error.message : error.stack);
    if (error.problem) say(error.problem.next);
    process.exitCode = error.exitCode ?? 1;
  });
}
