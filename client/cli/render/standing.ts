import type { StandingGrant } from '../../../schemas/standing';
import { boundsText } from '../standing-terms';
import { moment } from './numbers';
import { field, plainDeep, type Style } from './style';

/** Standing approvals, newest first, a block each. */
export function renderStanding(given: readonly StandingGrant[], style: Style): string {
  if (given.length === 0) return 'No standing approvals.';
  return plainDeep([...given])
    .map((grant) =>
      [
        `${style.paint.bold(grant.goal)} by ${grant.by}: ${stateOf(grant, style)}`,
        field('bounds', boundsText(grant.bounds), style),
        field('granted', `${moment(grant.grantedAt)} with run ${grant.runId}`, style),
        field('id', grant.id, style, { colour: style.paint.dim }),
      ].join('\n'),
    )
    .join('\n');
}

export function stateOf(grant: StandingGrant, { paint }: Style): string {
  if (grant.revokedAt !== undefined)
    return paint.red(`revoked ${moment(grant.revokedAt)} by ${grant.revokedBy}`);
  if (Date.parse(grant.expiresAt) <= Date.now()) return paint.red(`expired ${moment(grant.expiresAt)}`);
  if (grant.structure === null) return paint.yellow('counts once its run has succeeded');
  return paint.green(`until ${moment(grant.expiresAt)}`);
}
