import { createHash } from 'node:crypto';
import type { RelationName, RowCounts } from '../../schemas/change';
import { quoteRelation } from '../../sql/quote';
import type { Kept } from '../../warehouses/kept';
import type { ReadSession } from '../../warehouses/warehouse';
import type { Action } from './action';

/** Numbers of rows, where a statement counts some. */
export type Counted = Partial<RowCounts>;

/** One statement that `apply` runs. */
export interface Act {
  sql: string;
  /** What its number of affected rows counts as. */
  counts?: keyof RowCounts;
}

/** One part of an undo, in the order in which it is done: plain JSON, kept in the ledger, readable by an operator. */
export type UndoStep =
  /** `sql` gives one bigint `n`; undo is refused unless it is 0. A `because` that begins with `{n} ` is about n rows. */
  | { do: 'refuse'; sql: string; because: string }
  | { do: 'run'; sql: string; counts?: keyof RowCounts }
  /**
   * Writes rows again, those of each load by themselves (see `rows/loads.ts`). `{mine}` in `sql` is a condition on
   * `xmin`, the transaction that wrote a row; `written` gives the transactions (`xid`) of all the rows.
   */
  | {
      do: 'by load';
      relation: RelationName;
      /** Tables above and below it in its tree of partitions: their loads wrote some of its rows. */
      kin?: readonly RelationName[];
      sql: string;
      xmin: string;
      written: string;
      counts?: keyof RowCounts;
    }
  /**
   * A copy of a table as it was takes its place (see `rows/swap.ts`), all in statements: `make` makes it empty, in the
   * schema `scratch`; `fill` puts the rows in; `finish` indexes it; `exchange` puts it in the table's place, while readers
   * wait; then its structure must have the fingerprint `fingerprint`, and `last` clears up. Where that cannot be, `away`
   * takes away what was made, and `or` is done instead.
   */
  | {
      do: 'swap';
      relation: RelationName;
      owner: string;
      scratch: string;
      make: string[];
      fill: Extract<UndoStep, { do: 'by load' }>;
      finish: string[];
      exchange: string[];
      last: string[];
      away: string[];
      fingerprint: string;
      or: UndoStep[];
    }
  /** Puts a sequence back to `was`, if nobody drew from it since (it still stands at `left`). */
  | { do: 'sequence'; sequence: string; was: Position; left: Position };

export interface Position {
  last: string;
  called: boolean;
}

/** Something to verify before the commit: `sql` gives one boolean `ok`. A later expectation of the same `of` replaces it. */
export interface Expectation {
  /** `table public.t`, `column public.t.a`. */
  of: string;
  sql: string;
  message: string;
  /** That something is gone: a later statement may give its name to something new, also one that PostgreSQL names. */
  absent?: boolean;
}

/** A value that the statement must not change: `sql` gives one text `state`, compared before and after. */
export interface Watch {
  sql: string;
  because: string;
}

/** How one action is done and taken back, computed from the catalogue as it is right before it. */
export interface Plan {
  /** Nothing to do (IF EXISTS, IF NOT EXISTS): the reason. The rest is then empty. */
  noop?: string;
  /** Keeps aside what the action takes away, then does it. */
  acts: Act[];
  watch?: Watch[];
  /** What only is known once it is done is left out without `after`, a session in which it is done. */
  undo(after?: ReadSession): Promise<UndoStep[]>;
  /** Rows that the acts' own numbers do not tell. */
  count?(after: ReadSession): Promise<Counted>;
  expect?: Expectation[];
  /** Tables aside that hold rows once it is done; they are put on record. */
  kept?: Kept[];
  /** The table aside that must hold one row for each that the last act affected. */
  keeps?: string;
  /** Names whose earlier expectations no longer hold: dropped or renamed. */
  gone?: string[];
  /** In plain words, what undo does not bring back. */
  lossy?: string[];
}

/** Where Sluice keeps things aside: names in its own schema, unique for change and action. */
export class Aside {
  private constructor(private readonly mark: string) {}

  /** Names for a change that is applied. */
  static of(changeId: string): Aside {
    return new Aside(createHash('sha256').update(changeId).digest('hex').slice(0, 12));
  }

  /** Names as a proposal shows them: the change has no id yet. */
  static sketch(): Aside {
    return new Aside('<change>');
  }

  /** `sluice.before_<mark>_<ordinal>`: quoted, and bare for RENAME. */
  name(what: 'before' | 'trash' | 'map', ordinal: number, suffix = ''): { quoted: string; bare: string } {
    const bare = `${what}_${this.mark}_${ordinal}${suffix}`;
    return { quoted: quoteRelation(`sluice.${bare}`), bare };
  }
}

/** What a handler plans with: a session that only needs to read, and the action's number within its step (from 1). */
export interface Planning {
  session: ReadSession;
  aside: Aside;
  ordinal: number;
  /** False while proposing: positions of sequences are then left out, they move all the time. */
  applying: boolean;
  /** The statement runs, or will run, on a server before 18, whose RETURNING has no OLD and NEW. */
  plain?: boolean;
}

export type Planner<A extends Action> = (action: A, at: Planning) => Promise<Plan>;

export const run = (sql: string, counts?: keyof RowCounts): Extract<UndoStep, { do: 'run' }> => ({
  do: 'run',
  sql,
  counts,
});
export const runs = (statements: readonly string[]): UndoStep[] => statements.map((sql) => run(sql));
export const refuse = (sql: string, because: string): UndoStep => ({ do: 'refuse', sql, because });

/** Undo is refused, whatever is there. */
export const never = (because: string): UndoStep => refuse('select 1 as n', because);

/** A plan for an action that has nothing to do. */
export function nothing(why: string): Plan {
  return { noop: why, acts: [], undo: () => Promise.resolve([]) };
}
