import { quoteIdent } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';

export interface Trigger {
  name: string;
  /** pg_trigger.tgenabled: `O` origin, `R` replica, `A` always, `D` disabled. */
  enabled: string;
  insert: boolean;
  update: boolean;
  delete: boolean;
}

/** A table's own triggers (not those of its foreign keys), by name. The bits of tgtype are in catalog/pg_trigger.h. */
export function tableTriggers(session: ReadSession, oid: string): Promise<Trigger[]> {
  return session.query<Trigger>(
    `select tgname::text as name, tgenabled::text as enabled, (tgtype & 4) <> 0 as insert,
       (tgtype & 16) <> 0 as update, (tgtype & 8) <> 0 as delete
     from pg_trigger where tgrelid = $1::oid and not tgisinternal order by 1`,
    [oid],
  );
}

const ENABLE: Record<string, string> = { O: 'enable', R: 'enable replica', A: 'enable always' };

/** Statements around an undo's own writing, so that triggers do not act on rows that only come back. */
export function withoutTriggers(
  table: string,
  triggers: readonly Trigger[],
): { before: string[]; after: string[] } {
  const active = triggers.filter((trigger) => ENABLE[trigger.enabled]);
  if (active.length === 0) return { before: [], after: [] };
  return {
    before: [`alter table ${table} disable trigger user`],
    after: active.map(
      ({ name, enabled }) => `alter table ${table} ${ENABLE[enabled]} trigger ${quoteIdent(name)}`,
    ),
  };
}
