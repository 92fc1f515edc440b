import type { PlanDocument, Proposal, RunDocument } from '../../../schemas/run';
import { patiently } from '../patience';
import type { Link } from '../stack';
import { type KnownRun, rowOf } from './find';

/** The whole proposal of a run, from the store; `undefined` when the run did not come that far. */
export async function proposalOf(link: Link, run: KnownRun): Promise<Proposal | undefined> {
  return patiently(link, async () => {
    const row = await rowOf(link, run);
    return row?.proposal ? link.store.artifacts.getJson<Proposal>(row.proposal) : undefined;
  });
}

/** `plan --json`. A run that failed before it had a proposal has the same shape, empty, with its error. */
export function planDocument(run: RunDocument, proposal: Proposal | undefined): PlanDocument {
  const { goal, runId, status, digest, error } = run;
  return {
    goal,
    runId,
    status,
    digest: proposal?.digest ?? digest,
    changes: proposal?.changes ?? [],
    gates: proposal?.gates ?? [],
    rehearsal: proposal?.rehearsal ?? {
      status: 'failed',
      undoProven: false,
      checks: [],
      covers: [],
      gaps: [],
    },
    ...(proposal?.left ? { left: proposal.left } : {}),
    ...(proposal?.standing ? { standing: proposal.standing } : {}),
    ...(proposal?.asked ? { asked: proposal.asked } : {}),
    ...(proposal?.undoes ? { undoes: proposal.undoes } : {}),
    ...(error ? { error } : {}),
  };
}
