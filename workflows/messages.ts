import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Decision, ProposalView, RunDocument } from '../schemas/run';
import type { Steering } from '../schemas/steering';

/** What Temporal's own tools send: `{digest, by, comment}`. */
export interface RawDecision {
  digest?: string;
  by?: string;
  comment?: string;
  confirm?: string[];
  allowDestructive?: boolean;
}

export const statusQuery = defineQuery<RunDocument>('status');
export const proposalQuery = defineQuery<ProposalView | null>('proposal');

/** Approve or reject; answers with the run as it is after the decision. A refused one is an error and changes nothing. */
export const decideUpdate = defineUpdate<
  RunDocument,
  [Omit<Decision, 'id' | 'via'> & Partial<Pick<Decision, 'id' | 'via'>>]
>('decide');

export const approveSignal = defineSignal<[RawDecision]>('approve');
export const rejectSignal = defineSignal<[RawDecision]>('reject');

/** What Temporal's own tools send: `{by}`. */
export type RawSteering = Partial<Steering>;

/** Pause, resume, retry, undo or cancel; answers with the run as it is then. */
export const steerUpdate = defineUpdate<RunDocument, [RawSteering]>('steer');

/** For a held run: try the failed steps again, or take back what was done. */
export const retrySignal = defineSignal<[RawSteering?]>('retry');
export const undoSignal = defineSignal<[RawSteering?]>('undo');

/** Ends the run; what it has applied is taken back. Unlike Temporal's own cancellation it says by whom. */
export const cancelSignal = defineSignal<[RawSteering?]>('cancel');

/** No further step starts until `resume`; what runs finishes. Also before the run waits, and while it does. */
export const pauseSignal = defineSignal<[RawSteering?]>('pause');
export const resumeSignal = defineSignal<[RawSteering?]>('resume');
