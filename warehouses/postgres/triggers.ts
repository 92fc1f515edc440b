import { madeTrigger } from './fingerprint/fragments';
import type { RelationName } from '../../schemas/change';
import { quoteIdent, quoteRelation } from '../../sql/quote';
import type { WriteSession } from '../warehouse';

const ENABLE: Record<string, string> = { O: 'enable', A: 'enable always' };

/**
 * Keeps the triggers of a table and of its partitions (not those of foreign keys) from firing until they are switched
 * on `again`. For rows that only come back or go: a trigger that stamps a row, or writes elsewhere, would make the undo
 * something new. Only a table's owner may do so; elsewhere they fire, and what they write is looked at before the commit.
 */
export async function quiet(
  session: WriteSession,
  relation: RelationName,
): Promise<{ again(): Promise<void> }> {
  const triggers = await session.query<{ table: string; name: string; enabled: string }>(
    `with recursive tree (oid) as (
       select to_regclass($1)::oid
       union select i.inhrelid from tree join pg_inherits i on i.inhparent = tree.oid)
     select format('%I.%I', n.nspname, c.relname) as "table", g.tgname::text as name, g.tgenabled::text as enabled
       from tree join pg_class c using (oid) join pg_namespace n on n.oid = c.relnamespace
         join pg_trigger g on g.tgrelid = c.oid
      where ${madeTrigger('g')} and g.tgenabled in ('O', 'A') and pg_has_role(c.relowner, 'USAGE')
      order by 1, 2`,
    [quoteRelation(relation)],
  );
  for (const { table, name } of triggers)
    await session.execute(`alter table only ${table} disable trigger ${quoteIdent(name)}`);
  return {
    async again() {
      if (triggers.length === 0) return;
      // A table with checks that are put off takes no ALTER TABLE.
      await session.execute('set constraints all immediate');
      for (const { table, name, enabled } of triggers)
        await session.execute(`alter table only ${table} ${ENABLE[enabled]!} trigger ${quoteIdent(name)}`);
    },
  };
}
