import type { Client } from 'pg';
import type { RunStatus } from '../schemas/run';

/** Runs that have not ended: how many are in each status, and the oldest of those that wait for a person. */
export interface OpenRuns {
  waiting: number;
  held: number;
  underWay: number;
  /** At most three. */
  oldest: { runId: string; goal: string; status: RunStatus; since: string }[];
}

/** Reads them with a plain client: `status` is asked often, and the query builder takes longer to load than to ask. */
export async function openRuns(client: Pick<Client, 'query'>): Promise<OpenRuns> {
  const { rows } = await client.query<{
    runId: string;
    goal: string;
    status: RunStatus;
    updatedAt: Date;
    size: number;
    place: number;
  }>(`
    select * from (
      select run_id as "runId", goal, status, updated_at as "updatedAt",
        count(*) over (partition by status)::int as size,
        row_number() over (partition by status order by updated_at, run_id)::int as place
      from run
      where status in ('planning', 'rehearsing', 'waiting', 'applying', 'held')
    ) open where place <= 3 order by "updatedAt", "runId"`);
  const size = (...statuses: RunStatus[]): number =>
    rows
      .filter(({ status, place }) => place === 1 && statuses.includes(status))
      .reduce((sum, row) => sum + row.size, 0);
  return {
    waiting: size('waiting'),
    held: size('held'),
    underWay: size('planning', 'rehearsing', 'applying'),
    oldest: rows
      .filter(({ status }) => status === 'waiting' || status === 'held')
      .slice(0, 3)
      .map(({ runId, goal, status, updatedAt }) => ({ runId, goal, status, since: updatedAt.toISOString() })),
  };
}
