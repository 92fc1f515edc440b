import type { Applied } from '../../schemas/change';
import { fail } from '../../schemas/errors';
import type { Expectation, UndoStep } from './plan';

/** The artifact of a change: the statements, each of which is one action. Everything else follows from the catalogue. */
export interface SqlBody {
  statements: { text: string; place: string }[];
  /** Written by hand: the step is undone by these, and by nothing else. */
  undo?: { text: string; place: string }[];
  /** Rows are kept as servers before 18 can; absent: by RETURNING OLD and NEW. See `rows/keep-plain.ts`. */
  plain?: true;
  /** The step says that it cannot be undone: it is not, and nothing is kept for it. */
  irreversible?: boolean;
}

/** Its statements run as they are written, and need not be of the closed set. */
export const isByHand = (body: SqlBody): boolean => body.undo !== undefined || body.irreversible === true;

/** What `apply` keeps in the ledger: how to undo exactly what it did, and what it must have done. */
export interface SqlDetail extends Record<string, unknown> {
  /** Per statement, in the order in which they ran; undone in reverse. */
  undo: { place: string; steps: UndoStep[] }[];
  expect: Expectation[];
  /** What the statements are known by, so that the same step is not applied twice; absent in older entries. */
  text?: string;
}

/** The detail of an applied change. Throws `internal` for one that no `apply` of this kind has written. */
export function detailOf(applied: Applied): SqlDetail {
  const detail = applied.detail;
  if (Array.isArray(detail?.undo) && Array.isArray(detail.expect)) return detail as SqlDetail;
  throw fail('internal', 'The ledger does not hold how this change is undone.', {
    next: 'Look at sluice.change.applied in the warehouse.',
  });
}
