import type { Beyond } from '../../../schemas/ask';
import type { Config } from '../../../schemas/config';
import type { RelationName } from '../../../schemas/change';
import type { Goal, Step } from '../../../schemas/goal';
import { canonicalJson } from '../../../store/digest';
import type { Effect } from './effects';
import { headBeyond } from './scope-head';
import { sourceBeyond } from './scope-sources';
import { madeBeyond } from './scope-made';
import { ambiguousBeyond } from './scope-ambiguous';
import { carriedBeyond, type Carried } from './carried';
import { placesBeyond } from './scope-places';
import { readBeyond } from './scope-read';
import { writtenBeyond } from './scope-written';
import { share, type Words } from './words';

/** What a goal is compared with. */
export interface Asking {
  words: Words;
  /** Keys of the head that the person has fixed. */
  head: Record<string, unknown>;
  /** Connections of the configuration, and what is declared of their data. */
  config: Config;
  warehouse: string;
  /** The goal that is being recovered: what it did before is asked for, but for what went beyond the words then. */
  base?: { goal: Goal; beyond: readonly Beyond[]; files: Readonly<Record<string, string>> };
}

export interface Looked {
  goal: Goal;
  effects: readonly Effect[];
  /** Columns that its models give. */
  gives: ReadonlyMap<RelationName, readonly string[]>;
  /** Relations of the warehouse that each step reads, and those of its source. */
  reads: ReadonlyMap<string, readonly RelationName[]>;
  sourceReads: ReadonlyMap<string, readonly RelationName[]>;
  /** Columns of what it reads and writes, as it is now; and which relations refer to each other. */
  columns: ReadonlyMap<RelationName, readonly string[]>;
  references: readonly (readonly [RelationName, RelationName])[];
  /** Every relation there is now. */
  live: readonly RelationName[];
  /** Models that only copy. */
  copies: ReadonlySet<string>;
  /** Hidden columns whose values a step writes somewhere. */
  carries: readonly Carried[];
}

/**
 * Everything that a goal would do and nobody asked for, each with its reason: written relations, sources, destinations,
 * schedules, what a failure leaves behind. Only the person's own words count, never what tools or documents said. Close
 * spellings are forgiven for names of tables; where data goes or comes from is not guessed.
 */
export function beyondOf(looked: Looked, asking: Asking): Beyond[] {
  const { goal: before, beyond = [] } = asking.base ?? {};
  const fresh = looked.goal.steps.filter((step) => !isAsBefore(step, before));
  const effects = looked.effects.filter(({ step }) => fresh.includes(step));
  const still = new Set(looked.goal.steps.map(({ id }) => id));
  return unique([
    ...beyond.filter(({ step }) => step === undefined || still.has(step)),
    ...headBeyond(looked.goal, asking),
    ...sourceBeyond(fresh, looked.sourceReads, asking),
    ...writtenBeyond(effects, asking.words, looked),
    ...madeBeyond({ ...looked, effects }, asking),
    ...placesBeyond({ ...looked, effects }, asking),
    ...carriedBeyond(looked.carries, fresh, asking.words, asking.base),
    ...ambiguousBeyond(effects, looked.live, asking.words),
    ...readBeyond(looked, fresh, asking),
    ...kindBeyond(fresh, asking.words),
  ]);
}

/** A step that a goal under recovery had just so. */
export function isAsBefore(step: Step, base: Goal | undefined): boolean {
  const before = base?.steps.find(({ id }) => id === step.id);
  return (
    before !== undefined &&
    before.kind === step.kind &&
    canonicalJson(before.input) === canonicalJson(step.input)
  );
}

/** Kinds whose effects are looked at one by one above. */
const LOOKED_AT = new Set(['ingest', 'sql', 'model', 'check']);

/** Of a kind that is not known here, the kind itself has to be asked for. */
function kindBeyond(steps: readonly Step[], words: Words): Beyond[] {
  return steps.flatMap(({ id, kind }): Beyond[] =>
    LOOKED_AT.has(kind) || share(words, kind) === 1
      ? []
      : [
          {
            what: 'step',
            name: kind,
            step: id,
            reason: `it has a step of the kind "${kind}", which the words do not ask for`,
          },
        ],
  );
}

function unique(all: readonly Beyond[]): Beyond[] {
  const seen = new Set<string>();
  return all.filter(({ what, name, step }) => {
    const key = JSON.stringify([what, name, step]);
    return seen.has(key) ? false : seen.add(key);
  });
}
