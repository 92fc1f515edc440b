import type { RunDocument } from '../../../schemas/run';

/** A run's document with its keys in the order of the contract: what comes from a database has its own. */
export function inOrder(document: RunDocument): RunDocument {
  const { goal, runId, workflowId, status, digest, steps, checks, ...rest } = document;
  return { goal, runId, workflowId, status, digest, steps: steps.map(stepInOrder), checks, ...rest };
}

function stepInOrder(step: RunDocument['steps'][number]): RunDocument['steps'][number] {
  const { id, kind, status, title, rows, ...more } = step;
  const { read, inserted, updated, deleted, quarantined } = rows;
  return { id, kind, status, title, rows: { read, inserted, updated, deleted, quarantined }, ...more };
}
