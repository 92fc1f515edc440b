import type { RelationName } from '../../schemas/change';
import { quoteRelation } from '../../sql/quote';
import type { ReadSession } from '../../warehouses/warehouse';
import { count } from './quarantine';
import { within } from './within';

/** Milliseconds for a count of the table. */
const LIMIT_MS = 2_000;

/** What became of the rows that Sluice wrote into a table. */
export interface Drift {
  /** Rows that the ledger expects, and how many of them are not as they were written. */
  written: number;
  lost: number;
}

interface Written {
  written: string;
  /** Changes whose rows cannot be told apart here: they wrote several relations, or were undone. */
  unclear: boolean;
}

/** Changes of a relation that stand. What a load that replaced or reloaded it left is where counting begins. */
const STANDING = `
  select c.xid, c.kind, c.applied_at, (c.applied->'rows'->>'inserted')::int8 as inserted,
         (c.applied->'rows'->>'deleted')::int8 as deleted, (c.applied->'detail'->>'standing')::int8 as standing,
         l.mode = 'replace' as replaces,
         (select count(*) from unnest(c.writes) w where w not like '%.*') > 1 as several
    from sluice.change c left join sluice.load l on l.load_id = c.change_id
   where c.state = 'applied' and c.writes @> array[$1]`;

const OWN_ROWS = (quotedRelation: string): string => `
  select count(*) as rows from ${quotedRelation} t
   where t.xmin in (select xid::xid from (${STANDING}) standing
                    union all select x.xid from sluice.load_xid x join sluice.load l using (load_id)
                     where l.relation = $1 and not l.undone
                    union all select pg_current_xact_id_if_assigned()::xid)`;

/**
 * Counts the rows of a table that are still as Sluice wrote them, by the transaction that wrote each, against its ledger.
 * Rows that others added are no drift. `undefined`: it cannot be told, or counting takes too long.
 */
export async function driftOf(live: ReadSession, relation: RelationName): Promise<Drift | undefined> {
  const [ledger] = await live.query<Written>(
    `with standing as (${STANDING}),
          begun as (select * from standing where replaces or standing is not null order by applied_at desc limit 1)
     select coalesce((select coalesce(standing, inserted) from begun), 0) + coalesce(sum(inserted - deleted), 0) as written,
            coalesce(bool_or(kind <> 'ingest' and several), false)
              or exists (select from sluice.change where state = 'undone' and kind <> 'ingest' and writes @> array[$1])
              or exists (select from sluice.erased_rows e join sluice.change c using (change_id) where c.writes @> array[$1])
              as unclear
       from standing where applied_at > coalesce((select applied_at from begun), '-infinity')`,
    [relation],
  );
  const written = Number(ledger!.written);
  if (ledger!.unclear || written <= 0) return undefined;
  const own = await within(live, LIMIT_MS, () => ownRows(live, relation));
  return own === undefined ? undefined : { written, lost: Math.max(0, written - own) };
}

/** Rows of the table that Sluice wrote, those of the current transaction included. */
export async function ownRows(session: ReadSession, relation: RelationName): Promise<number> {
  const [row] = await session.query<{ rows: string }>(OWN_ROWS(quoteRelation(relation)), [relation]);
  return Number(row!.rows);
}

/** `12 of the 830 rows that Sluice wrote to raw.t were changed or deleted by others` */
export function driftText({ written, lost }: Drift, relation: RelationName): string {
  return `${count(lost)} of the ${count(written)} rows that Sluice wrote to ${relation} ${lost === 1 ? 'was' : 'were'} changed or deleted by others`;
}
