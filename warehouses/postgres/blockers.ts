import type { Blocker } from '../patience';
import type { ReadSession } from '../warehouse';
import { applicationName } from './place';

/**
 * The sessions that one of ours, by its `application_name`, waits for a lock of. What they do and since when is seen by
 * their own role and by members of pg_read_all_stats.
 */
export function findBlockers(session: ReadSession, name: string): Promise<Blocker[]> {
  return session.query<Blocker>(
    `select distinct by.pid, other.usename::text as role, other.state,
            extract(epoch from clock_timestamp() - other.xact_start)::int as seconds
       from pg_stat_activity mine
      cross join lateral unnest(pg_blocking_pids(mine.pid)) as by (pid)
       left join pg_stat_activity other on other.pid = by.pid
      where mine.application_name = $1 and mine.usename = current_user and mine.datname = current_database()
      order by by.pid limit 5`,
    [applicationName(name)],
  );
}
