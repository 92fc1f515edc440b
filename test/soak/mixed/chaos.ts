import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestStack } from '../../e2e/stack';
import { MOODS, type LineageEndpoint } from './lineage-endpoint';
import { between, type World } from './player';

export const PARTS = ['worker', 'temporal', 'postgres', 'supervisor'] as const;
type Part = (typeof PARTS)[number];

/** Debian's libfaketime: moves the clock of the processes it is loaded into, while they run. */
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

export interface Clock {
  /** What `sluice up` has to be started with so that the clocks of its worker and supervisor can be changed. */
  env: NodeJS.ProcessEnv;
  /** Seconds by which they are off from now on; false where libfaketime is not installed. */
  change(seconds: number): boolean;
}

export function clockIn(directory: string): Clock {
  if (!existsSync(FAKETIME)) return { env: {}, change: () => false };
  const file = join(directory, 'clock');
  writeFileSync(file, '+0\n');
  return {
    env: {
      LD_PRELOAD: FAKETIME,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      // Only what people call the time changes; what programs measure spans with does not.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    change(seconds) {
      writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}\n`);
      return true;
    },
  };
}

function pidOf(stack: TestStack, part: Part): number | undefined {
  const state = stack.state();
  return part === 'supervisor' ? state.supervisor?.pid : state[part].process?.pid;
}

function signal(stack: TestStack, part: Part, name: NodeJS.Signals): number | undefined {
  const pid = pidOf(stack, part);
  try {
    if (pid === undefined) return undefined;
    process.kill(pid, name);
    return pid;
  } catch {
    return undefined; // between two lives
  }
}

/** One thing that goes wrong; what, for the tally. */
export async function mishap(world: World, clock: Clock, lineage: LineageEndpoint): Promise<string> {
  const { stack, random } = world;
  const part = PARTS[between(world, 0, PARTS.length - 1)]!;
  const dice = random();
  if (dice < 0.1) {
    return clock.change(between(world, -3_900, 3_900)) ? 'clock changed' : 'clock left alone';
  }
  if (dice < 0.25) {
    const mood = MOODS[between(world, 0, MOODS.length - 1)]!;
    lineage.become(mood);
    return `lineage endpoint ${mood}`;
  }
  if (dice < 0.4 && part !== 'supervisor') {
    const pid = signal(stack, part, 'SIGSTOP');
    await sleep(between(world, 500, 12_000));
    // The same process, if it is still there: nobody else may be woken.
    if (pid !== undefined && pidOf(stack, part) === pid) signal(stack, part, 'SIGCONT');
    return `${part} hung`;
  }
  if (signal(stack, part, 'SIGKILL') === undefined) return `${part} was away`;
  // Nobody supervises the supervisor: an operator notices after a while.
  if (part === 'supervisor') {
    await sleep(between(world, 500, 5_000));
    await stack.sluice('up', '--json');
  }
  return `${part} killed`;
}
