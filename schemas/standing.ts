import type { RelationFingerprint, RelationName } from './change';

/** What one covered run may come to. Absent: no bound but the goal's own. */
export interface StandingBounds {
  /** Rows that change: inserted and updated, or deleted, whichever is more. Estimated before, counted before commit. */
  maxRows?: number;
  /** Bytes, as estimated. */
  maxBytes?: number;
  /** Seconds of the warehouse's time, as estimated: what a run costs where nothing has a price. */
  maxSeconds?: number;
  /** Rows set aside because they do not fit; counted before commit. */
  maxQuarantine?: number;
}

export interface StandingTerms {
  /** Milliseconds from the decision until it expires. */
  expiresMs: number;
  bounds: StandingBounds;
}

/** An approval that outlives its run: later runs of the goal that are more of the same need nobody. */
export interface StandingGrant {
  id: string;
  goal: string;
  runId: string;
  digest: string;
  by: string;
  verified: boolean;
  roles: string[];
  /** Hash of the goal document (without what the time binds), policy and target. */
  key: string;
  bounds: StandingBounds;
  /** Of what is read and written, right after the approved run; `null` until it has succeeded. */
  structure: Record<RelationName, RelationFingerprint> | null;
  /** ISO 8601. */
  grantedAt: string;
  expiresAt: string;
  revokedAt?: string;
  revokedBy?: string;
}

/** Which standing approvals opened a run's gate. */
export interface Coverage {
  grants: string[];
  by: string[];
  /** ISO 8601: the earliest expiry. */
  until: string;
  /** The strictest of all. */
  bounds: StandingBounds;
}

/** What standing approvals say to a proposal. */
export interface Standing {
  /** What a grant for this proposal would cover: see {@link StandingGrant.key}. */
  key: string;
  covered?: Coverage;
  /** Why the grants there are do not cover it, in plain words. */
  why?: string[];
}

/** In plain words: whose, and until when. */
export function coverageText({ by, until }: Coverage): string {
  return `covered by the standing approval of ${by.join(' and ')} until ${until.slice(0, 10)}`;
}
