import { moment } from './numbers';
import { plainDeep, type Style } from './style';

export interface DecisionView {
  decidedBy: string;
  verdict: string;
  accepted: boolean;
  /** Why it was refused. */
  reason: string | null;
  comment: string | null;
  via: string;
  at: Date;
}

/** Who decided what when, refused decisions included. Empty text when nobody has. */
export function renderDecisions(given: readonly DecisionView[], { paint }: Style): string {
  return plainDeep(given)
    .map(({ decidedBy, verdict, accepted, reason, comment, via, at }) => {
      const what = verdict === 'approve' ? 'approved' : 'rejected';
      const head = accepted
        ? (verdict === 'approve' ? paint.green : paint.red)(`${what} by ${decidedBy}`)
        : paint.dim(`not counted (${reason}): ${verdict} by ${decidedBy === '' ? 'nobody' : decidedBy}`);
      return `  ${moment(at)}  ${head} ${paint.dim(`via ${via}`)}${comment ? `: ${comment}` : ''}`;
    })
    .join('\n');
}
