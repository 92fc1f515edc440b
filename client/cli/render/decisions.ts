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
  /** Whether who decided was verified, by whatever method; otherwise `decidedBy` is what somebody said. */
  verified: boolean;
  method: string | null;
  at: Date;
}

const METHODS: Record<string, string> = { token: 'token', oidc: 'OIDC' };

/** Who decided what when, refused decisions included. Empty text when nobody has. */
export function renderDecisions(given: readonly DecisionView[], { paint }: Style): string {
  return plainDeep(given)
    .map(({ decidedBy, verdict, accepted, reason, comment, via, verified, method, at }) => {
      const what = verdict === 'approve' ? 'approved' : 'rejected';
      const head = accepted
        ? (verdict === 'approve' ? paint.green : paint.red)(`${what} by ${decidedBy}`)
        : paint.dim(`not counted (${reason}): ${verdict} by ${decidedBy === '' ? 'nobody' : decidedBy}`);
      const how = verified
        ? `via ${via}, verified by ${METHODS[method ?? ''] ?? method}`
        : `via ${via}, unverified`;
      return `  ${moment(at)}  ${head} ${paint.dim(how)}${comment ? `: ${comment}` : ''}`;
    })
    .join('\n');
}
