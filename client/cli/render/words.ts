import type { Risk, RowCounts } from '../../../schemas/change';
import type { RunStatus, StepStatus } from '../../../schemas/run';
import { count, counted } from './numbers';
import type { Paint } from './style';

/** How each risk is shown: never by colour alone. */
export const RISK: Record<
  Risk,
  { mark: string; verb: string; colour: (paint: Paint) => (text: string) => string }
> = {
  read: { mark: '=', verb: 'only reads', colour: (paint) => paint.cyan },
  additive: { mark: '+', verb: 'adds', colour: (paint) => paint.green },
  rewriting: { mark: '~', verb: 'rewrites', colour: (paint) => paint.yellow },
  destructive: { mark: '-', verb: 'destroys', colour: (paint) => paint.red },
};

export function statusColour(status: RunStatus | StepStatus, paint: Paint): (text: string) => string {
  switch (status) {
    case 'succeeded':
    case 'applied':
    case 'planned':
      return paint.green;
    case 'waiting':
    case 'held':
    case 'planning':
    case 'rehearsing':
    case 'applying':
    case 'proposed':
      return paint.yellow;
    case 'rejected':
    case 'expired':
    case 'stale':
    case 'rolled_back':
    case 'needs_operator':
    case 'failed':
      return paint.red;
    default:
      return paint.cyan;
  }
}

/** A run's status as a sentence about the run. */
export const STATUS_WORDS: Record<RunStatus, string> = {
  planned: 'planned; nothing was changed',
  planning: 'is being planned',
  rehearsing: 'is being rehearsed',
  waiting: 'waits for a decision',
  applying: 'is being applied',
  succeeded: 'succeeded',
  rejected: 'was rejected; nothing was changed',
  expired: 'expired undecided; nothing was changed',
  stale: 'went stale: the world moved after it was proposed',
  rolled_back: 'failed',
  undone: 'was undone',
  held: 'failed and is held for a person',
  needs_operator: 'needs an operator',
};

/** `27,004 inserted, 3 quarantined`; of an undo the same counts say what was taken away and brought back. */
export function rowsText(rows: RowCounts): string {
  const parts = (['inserted', 'updated', 'deleted', 'quarantined'] as const)
    .filter((key) => rows[key] > 0)
    .map((key) => `${count(rows[key])} ${key}`);
  if (parts.length > 0) return parts.join(', ');
  return rows.read > 0 ? `${counted(rows.read, 'row')} read` : '';
}
