import { fail } from '../../schemas/errors';
import type { WriteContext } from '../capability';
import type { IngestBody } from './body';

/**
 * Throws `proposal_stale` when another run has loaded into the relation since this was proposed, or the load that this
 * one goes on from was undone: its files might be in twice, or a gap be left. Loads of this run's earlier steps are its own.
 */
export async function assertNewest(body: IngestBody, ctx: WriteContext): Promise<void> {
  const [now] = await ctx.session.query<{ newest: string | null; gone: boolean }>(
    `select (select l.load_id from sluice.load l join sluice.change c on c.change_id = l.load_id
              where l.relation = $1 and not l.undone and c.run_id <> $2
              order by l.loaded_at desc limit 1) as newest,
            exists (select from sluice.load where load_id = $3 and undone) as gone`,
    [body.relation, ctx.runId, body.previousLoad],
  );
  const { newest, gone } = now!;
  // In a shadow the ledger may hold no loads at all; there is nothing to be stale against.
  if (!gone && (newest === null || body.create || newest === body.previousLoad)) return;
  throw fail(
    'proposal_stale',
    gone
      ? `The load of ${body.relation} that this one goes on from was undone since this was proposed.`
      : `Another load went into ${body.relation} since this was proposed.`,
    { next: 'Run the goal again: it will be proposed for what is loaded now.', place: body.relation },
  );
}
