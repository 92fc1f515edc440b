import type { Problem } from './errors';

/** What a person can tell a run that is under way, beside a decision on what it proposes. */
export const STEERING_ACTIONS = ['pause', 'resume', 'retry', 'undo', 'cancel'] as const;
export type SteeringAction = (typeof STEERING_ACTIONS)[number];

/** What was asked of a run, and who says they asked. */
export interface Steering {
  /** Unique; the id of the Temporal update that carries it. */
  id: string;
  action: SteeringAction;
  by: string;
  /** Of the ticket in the store that says who asks; raw signals and updates have none. */
  ticket?: string;
  via: 'cli' | 'signal' | 'update';
}

/** Who did something. */
export interface Actor {
  by: string;
  /** Whether a token or an issuer vouched for them; otherwise `by` is what somebody said. */
  verified: boolean;
}

/** Sluice itself, where nobody asked: a step failed, a deadline passed. */
export const SLUICE: Actor = { by: 'sluice', verified: true };

/** What came of putting it on the record. */
export interface Steered {
  actor: Actor;
  /** Why it was not done. */
  refused?: Problem;
}
