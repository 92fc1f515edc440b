import type { EvalBench } from './engine/bench';
import { differing, fingerprints } from './engine/fingerprint';
import { checkAgain, checkOutcome } from './engine/outcome';
import { mutated, type GoalDocument, type GoalTask } from './task';
import { restoreFiles } from './world/files';

/** One goal applied, looked at and taken back. */
export interface Trial {
  wrong: string[];
  /** What was not as before after the undo; an engine's fault, whatever the goal. */
  left: string[];
}

/** Applies a goal for a task, checks what it did, and undoes it: the warehouse is as before afterwards. */
export async function tryGoal(bench: EvalBench, task: GoalTask, goal: GoalDocument): Promise<Trial> {
  const { admin } = bench.engine;
  const before = await fingerprints(admin);
  const ran = await bench.apply(goal);
  const wrong = await checkOutcome(bench, task.outcome, goal, ran, before);
  if (wrong.length === 0) wrong.push(...(await checkAgain(bench, task.outcome, goal)));
  if (ran.status === 'succeeded' && ran.runId) await bench.undo(ran.runId);
  restoreFiles(bench.engine.root, Object.keys(task.outcome.again?.files ?? {}));
  return { wrong, left: differing(before, await fingerprints(admin)) };
}

/** What is wrong with a task itself: its reference must pass, and each of its mutations must not. */
export async function proveTask(bench: EvalBench, task: GoalTask): Promise<string[]> {
  const reference = await tryGoal(bench, task, task.reference);
  const faults = reference.wrong.map((fault) => `the reference: ${fault}`);
  if (reference.left.length > 0) faults.push(`the undo of the reference left ${reference.left.join(', ')}`);
  for (const mutation of task.mutations) {
    const { wrong, left } = await tryGoal(bench, task, mutated(task.reference, mutation));
    if (wrong.length === 0) faults.push(`"${mutation.name}" passes`);
    if (left.length > 0) faults.push(`the undo of "${mutation.name}" left ${left.join(', ')}`);
  }
  return faults;
}
