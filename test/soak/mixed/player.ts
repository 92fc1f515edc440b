import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunDocument } from '../../../schemas/run';
import type { Outcome, TestStack } from '../../e2e/stack';

/** One kind of work that goes on and on while parts of the stack are killed, and knows what must be true of it. */
export interface Player {
  name: string;
  /** One piece of work; what became of it, in a word, for the tally. */
  turn(): Promise<string>;
  /** What differs between what is there and what should be: nothing, whatever happened. */
  wrong(): Promise<Record<string, unknown>>;
}

export interface World {
  stack: TestStack;
  random: () => number;
}

/** A number from `low` to `high`, both included. */
export const between = ({ random }: World, low: number, high: number): number =>
  low + Math.floor(random() * (high - low + 1));

/** Writes a goal document below the stack's directory; the path to give to the CLI. */
export function writeGoal({ stack }: World, name: string, steps: string, head = ''): string {
  const directory = join(stack.directory, name);
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'goal.yaml');
  writeFileSync(file, `apiVersion: sluice/v1\ngoal: ${name}\n${head}steps:\n${steps}`);
  return file;
}

/** How a run may end when its services were taken away: rolled back, with one of these; nothing else is excused. */
const EXCUSED = new Set(['service_unreachable', 'transient', 'lock_timeout', 'authentication_failed']);

/**
 * `apply`, given again while it could not even start a run. A run that gave up on an absent service has rolled back
 * and is tallied; every other failure is a fault of the soak.
 */
export async function apply(
  { stack }: World,
  file: string,
  ...flags: string[]
): Promise<Outcome<RunDocument>> {
  for (;;) {
    const outcome = await stack.sluice<RunDocument>('apply', file, '--yes', ...flags, '--json');
    const { code, json } = outcome;
    if (code === 0) return outcome;
    if (code === 6 && json.runId === undefined) continue;
    if (code === 6 || EXCUSED.has(json.error?.code ?? '')) return settle(stack, outcome);
    throw new Error(`apply of ${file} ended with ${code}:\n${outcome.stdout}\n${outcome.stderr}`);
  }
}

/** A command that lost sight of its run: how the run itself ended. */
async function settle(stack: TestStack, seen: Outcome<RunDocument>): Promise<Outcome<RunDocument>> {
  const { runId } = seen.json;
  for (const end = Date.now() + 10 * 60_000; Date.now() < end;) {
    const now = await stack.sluice<RunDocument>('show', runId, '--json');
    if (now.code !== 6 && ENDED.has(now.json.status)) return now;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  throw new Error(`run ${runId} did not end:\n${seen.stdout}\n${seen.stderr}`);
}

const ENDED = new Set(['succeeded', 'rolled_back', 'undone', 'stale']);
