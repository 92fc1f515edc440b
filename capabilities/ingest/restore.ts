import type { Change } from '../../schemas/change';
import type { WriteContext } from '../capability';
import type { IngestBody } from './body';

/** Which of the kept rows: SQL over their `sluice_xmin`, the table's alias in front. */
export type Which = (alias: string) => string;

/**
 * Puts kept rows back, so that each stays the row of the load it came from. A row belongs to the load whose transaction
 * wrote it, and putting it back writes it again: so each load's rows are put back under a savepoint, which has a
 * transaction id of its own, and that id is noted as the load's. Rows that no load wrote come last.
 * `statement` gives the SQL for some of the kept rows. Returns how many rows it put back.
 */
export async function restoreRows(
  change: Change<IngestBody>,
  kept: string,
  { session }: WriteContext,
  statement: (which: Which) => string,
): Promise<number> {
  const owners = await session.query<{ load_id: string; xids: string[] }>(
    `with kept as (select distinct sluice_xmin::text as xid from ${kept}),
          owner as (select load_id, xid::xid::text as xid from sluice.load where relation = $1 and not undone and load_id <> $2
                    union
                    select x.load_id, x.xid::text from sluice.load_xid x join sluice.load l using (load_id)
                     where l.relation = $1 and not l.undone)
     select load_id, array_agg(xid order by xid) as xids from owner join kept using (xid) group by 1 order by 1`,
    [change.body.relation, change.id],
  );
  let restored = 0;
  const known: string[] = [];
  for (const { load_id: load, xids } of owners) {
    known.push(...xids);
    await session.execute('savepoint sluice_restore');
    // The note's own xmin is the savepoint's transaction id.
    await session.execute(`insert into sluice.load_xid (load_id, xid) values ($1, '0')`, [load]);
    await session.execute(`update sluice.load_xid set xid = xmin where load_id = $1 and xid = '0'`, [load]);
    restored += await session.execute(
      statement((alias) => `${alias}sluice_xmin = any('{${xids.join(',')}}'::xid[])`),
    );
    await session.execute('release savepoint sluice_restore');
  }
  return (
    restored +
    (await session.execute(statement((alias) => `${alias}sluice_xmin <> all('{${known.join(',')}}'::xid[])`)))
  );
}
