import type { Authenticated } from '../../governance/identity/subject';
import { fail } from '../../schemas/errors';
import type { StandingGrant } from '../../schemas/standing';
import type { Store } from '../../store/store';

/**
 * Ends standing approvals: one by its id, or all of a goal. Who did it is the caller, as they were authenticated; that
 * nobody vouched for them is on record, too. Throws `not_found`.
 */
export async function revokeStanding(
  store: Pick<Store, 'standing' | 'record'>,
  which: string,
  { by, verified, method }: Pick<Authenticated, 'by' | 'verified' | 'method'>,
): Promise<StandingGrant[]> {
  const revoked = await store.standing.revoke(which, by);
  if (revoked.length === 0) {
    throw fail('not_found', `There is no standing approval "${which}" that could be revoked.`, {
      next: 'List them: sluice standing list.',
    });
  }
  for (const { id, runId } of revoked) {
    await store.record.event(runId, 'standing_revoked', by, { standing: id, verified, method });
  }
  return revoked;
}
