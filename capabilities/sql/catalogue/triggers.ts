import { quoteIdent } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';

export interface Trigger {
  name: string;
  /** Quoted: the table itself, or the partition of it that has the trigger. */
  table: string;
  /** pg_trigger.tgenabled: `O` origin, `R` replica, `A` always, `D` disabled. */
  enabled: string;
  insert: boolean;
  update: boolean;
  delete: boolean;
  truncate: boolean;
}

/**
 * The triggers of a table and of its partitions (not those of foreign keys), by table and name. The bits of tgtype are
 * in catalog/pg_trigger.h.
 */
export function tableTriggers(session: ReadSession, oid: string): Promise<Trigger[]> {
  return session.query<Trigger>(
    `select tgname::text as name, tgrelid::regclass::text as table, tgenabled::text as enabled, (tgtype & 4) <> 0 as insert,
       (tgtype & 16) <> 0 as update, (tgtype & 8) <> 0 as delete,
       (tgtype & 32) <> 0 as truncate
     from pg_trigger where tgrelid in (select $1::oid union select relid from pg_partition_tree($1::oid))
       and (not tgisinternal or tgparentid <> 0 and tgconstraint = 0) order by 2, 1`,
    [oid],
  );
}

const ENABLE: Record<string, string> = { O: 'enable', R: 'enable replica', A: 'enable always' };

/** Statements around an undo's own writing, so that triggers do not act on rows that only come back. */
export function withoutTriggers(triggers: readonly Trigger[]): { before: string[]; after: string[] } {
  const active = triggers.filter((trigger) => ENABLE[trigger.enabled]);
  return {
    before: [...new Set(active.map(({ table }) => `alter table only ${table} disable trigger user`))],
    after: active.map(
      ({ name, table, enabled }) =>
        `alter table only ${table} ${ENABLE[enabled]} trigger ${quoteIdent(name)}`,
    ),
  };
}
