import type { RelationName } from '../schemas/change';
import type { LeftStep } from '../schemas/run';
import { quoteRelation } from '../sql/quote';
import type { ReadSession } from '../warehouses/warehouse';

/**
 * Steps that a goal has had and has not any more, with the tables and views that they made and that are still there; what
 * another step has written since is that step's. Structure that `sql` steps changed is no step's to keep.
 */
export async function leftSteps(
  live: ReadSession,
  goal: string,
  steps: readonly string[],
): Promise<LeftStep[]> {
  const [ledger] = await live.query<{ there: boolean }>(
    `select to_regclass('sluice.change') is not null as there`,
  );
  if (!ledger!.there) return [];
  const found = await live.query<{ goal: string; step: string; run_id: string; relation: RelationName }>(
    `select distinct on (relation) c.goal, c.step, c.run_id, relation
       from sluice.change c cross join unnest(c.writes) as relation
      where c.state = 'applied' and relation not like '%.*' and relation in (
              select unnest(writes) from sluice.change
               where goal = $1 and state = 'applied' and kind in ('ingest', 'model') and step <> all($2))
      order by relation, c.applied_at desc`,
    [goal, steps],
  );
  const gone = found.filter((row) => row.goal === goal && !steps.includes(row.step));
  if (gone.length === 0) return [];
  const there = await live.query<{ relation: RelationName }>(
    `select relation from unnest($1::text[], $2::text[]) as named(relation, quoted)
      where to_regclass(quoted) is not null order by 1`,
    [gone.map(({ relation }) => relation), gone.map(({ relation }) => quoteRelation(relation))],
  );
  return there.map(({ relation }) => {
    const { step, run_id: runId } = gone.find((row) => row.relation === relation)!;
    return { step, relation, runId };
  });
}
