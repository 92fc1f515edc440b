import { quoteIdent, quoteLiteral } from '../../../sql/quote';
import type { RelationName } from '../../../schemas/change';
import type { WriteSession } from '../../../warehouses/warehouse';
import type { UndoStep } from '../plan';

/** The transaction that wrote a row, as it was kept with it. */
export const XMIN = quoteIdent('sluice$xmin');

export type ByLoad = Extract<UndoStep, { do: 'by load' }>;

/**
 * A row belongs to the load whose transaction wrote it, and writing it again would make it nobody's. So a statement
 * that puts rows back runs once for each load's rows, under a savepoint, whose transaction id is noted as the load's
 * (`sluice.load_xid`, as the undo of a load does); and once, last, for the rows that no load wrote.
 * Returns the number of rows it affected; `told` hears it after each.
 */
export async function runByLoad(
  step: ByLoad,
  session: WriteSession,
  told: (affected: number) => void = () => undefined,
): Promise<number> {
  const owners = await session.query<{ load_id: string; xids: string[] }>(
    `with written as (${step.written}),
       owner as (select load_id, xid::xid as xid from sluice.load where relation = any($1) and not undone
                 union
                 select x.load_id, x.xid from sluice.load_xid x join sluice.load l using (load_id)
                  where l.relation = any($1) and not l.undone)
     select load_id, array_agg(xid::text order by xid::text) as xids from owner
      where xid in (select xid from written) group by 1 order by 1`,
    [[step.relation, ...(step.kin ?? [])]],
  );
  let affected = 0;
  const known: string[] = [];
  for (const { load_id: load, xids } of owners) {
    known.push(...xids);
    await session.execute('savepoint sluice_restore');
    // The note's own xmin is the savepoint's transaction id.
    await session.execute(`insert into sluice.load_xid (load_id, xid) values ($1, '0')`, [load]);
    const [noted] = await session.query<{ xid: string }>(
      `update sluice.load_xid set xid = xmin where load_id = $1 and xid = '0' returning xid::text as xid`,
      [load],
    );
    affected += await session.execute(only(step, `= any(${xidArray(xids)})`));
    await session.execute('release savepoint sluice_restore');
    known.push(noted!.xid);
    told(affected);
  }
  return affected + (await session.execute(only(step, `<> all(${xidArray(known)})`)));
}

const only = (step: ByLoad, which: string): string => step.sql.replace('{mine}', `${step.xmin} ${which}`);

const xidArray = (xids: readonly string[]): string => `${quoteLiteral(`{${xids.join(',')}}`)}::xid[]`;

/** Whether rows of the relations belong to loads that can still be taken back. */
export async function hasLoads(
  session: Pick<WriteSession, 'query'>,
  relations: readonly RelationName[],
): Promise<boolean> {
  const [row] = await session.query<{ found: boolean }>(
    `select exists (select from sluice.load where relation = any($1) and not undone) as found`,
    [relations],
  );
  return row!.found;
}
