import type { Estimate, Risk } from '../../schemas/change';
import type { Environment } from '../../schemas/policy';
import type { ChangeSummary } from '../../schemas/run';

/** What policy decides on: plain JSON, the same for every engine. No row values. */
export interface Facts {
  environment: Environment;
  goal: string;
  owner?: string;
  /** Who started the run. */
  author: string;
  /** Whether somebody vouches for that: what started a run through Temporal alone may claim any name. */
  authorVerified: boolean;
  /** Whether the goal came from plain words, written by a model. */
  asked: boolean;
  /** How many things of it nobody asked for. */
  beyond: number;
  /** Rehearsed on another major of PostgreSQL than the warehouse's. */
  simulated: boolean;
  /** Of the whole proposal; what is not known of one change is not known of all. */
  rows?: number;
  bytes?: number;
  seconds?: number;
  /** In the currency of the warehouse's price; 0 where it has none. */
  money?: number;
  /** Everything that would happen; what has nothing to do is left out. */
  changes: FactChange[];
}

export interface FactChange {
  step: string;
  kind: string;
  risk: Risk;
  lossy: boolean;
  routine: boolean;
  reads: string[];
  writes: string[];
  classification: string[];
}

export interface Price {
  perGB: number;
  perHour: number;
}

export function factsOf(
  changes: readonly ChangeSummary[],
  about: Pick<
    Facts,
    'environment' | 'goal' | 'owner' | 'author' | 'authorVerified' | 'asked' | 'beyond' | 'simulated'
  >,
  classesOf: (change: ChangeSummary) => string[],
  price: Price | undefined,
): Facts {
  const acting = changes.filter((change) => !change.noop);
  return {
    ...about,
    ...totals(
      acting.filter((change) => change.risk !== 'read').map((change) => change.estimate),
      price,
    ),
    changes: acting.map((change) => ({
      step: change.step,
      kind: change.kind,
      risk: change.risk,
      lossy: change.lossy.length > 0,
      routine: change.routine,
      reads: change.reads,
      writes: change.writes,
      classification: classesOf(change),
    })),
  };
}

type Totals = Pick<Facts, 'rows' | 'bytes' | 'seconds' | 'money'>;

function totals(estimates: readonly Estimate[], price: Price | undefined): Totals {
  const known: Totals = {};
  for (const key of ['rows', 'bytes', 'seconds'] as const) {
    const values = estimates.map((estimate) => estimate[key]);
    if (values.every((value) => value !== undefined)) known[key] = values.reduce((a, b) => a + b, 0);
  }
  const money = moneyOf(known, price);
  return { ...known, ...(money === undefined ? {} : { money }) };
}

/** Not known where what it is made of is not. */
function moneyOf({ bytes, seconds }: Totals, price: Price | undefined): number | undefined {
  if (!price) return 0;
  const volume = price.perGB === 0 ? 0 : bytes === undefined ? undefined : (bytes / 1e9) * price.perGB;
  const time = price.perHour === 0 ? 0 : seconds === undefined ? undefined : (seconds / 3600) * price.perHour;
  return volume === undefined || time === undefined ? undefined : volume + time;
}
