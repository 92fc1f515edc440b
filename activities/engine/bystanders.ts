import { madeTrigger } from '../../warehouses/postgres/fingerprint/fragments';
import type { Change } from '../../schemas/change';
import { fail, type ErrorCode } from '../../schemas/errors';
import type { WriteSession } from '../../warehouses/warehouse';

/** A user's table, and how many of its rows this session has updated or deleted, as the server counts. */
interface Counted {
  oid: string;
  name: string;
  rows: number;
  /** The change names it among what it writes. */
  own: boolean;
}

/** Bystanders are tables that a change does not name. A reading of all counts, to compare a later one with. */
export type Counts = Map<string, Counted>;

/** The server's own count (it costs nothing, however large the tables); all 0 where it does not count (track_counts). */
export async function countWrites(
  session: WriteSession,
  { writes }: Pick<Change, 'writes'>,
): Promise<Counts> {
  const rows = await session.query<Counted>(
    `select oid::text as oid, name, rows::float8 as rows, own from (
       select c.oid, n.nspname || '.' || c.relname as name, n.nspname || '.' || c.relname = any($1) as own,
              pg_stat_get_xact_tuples_updated(c.oid) + pg_stat_get_xact_tuples_deleted(c.oid) as rows
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname not in ('sluice', 'information_schema')) counted
      where own or rows > 0`,
    [writes],
  );
  return new Map(rows.map((row) => [row.oid, row]));
}

/**
 * The last look before a commit: throws when the transaction has updated or deleted rows of a table that the change
 * does not name, whatever made it so: a foreign key, a trigger, a rule. Capabilities look ahead (`assertReachesNobody`);
 * this is what PostgreSQL has done. An apply may let triggers and rules of its own tables act: they were named to
 * whoever approved it. An undo may not.
 */
export async function assertNoBystanders(
  session: WriteSession,
  change: Pick<Change, 'step' | 'title' | 'writes'>,
  before: Counts,
  doing: 'apply' | 'undo',
): Promise<void> {
  const after = await countWrites(session, change);
  const own = [...before.values(), ...after.values()].filter((each) => each.own).map(({ oid }) => oid);
  const written = [...after.values()]
    .map((each) => ({ ...each, rows: each.rows - (before.get(each.oid)?.rows ?? 0) }))
    .filter(({ oid, rows }) => rows > 0 && !own.includes(oid));
  if (written.length === 0) return;
  const found = await bystandersAmong(session, written, own);
  if (found.length === 0) return;
  if (doing === 'apply' && (await actsElsewhere(session, own))) return;
  const words = found.map(
    ({ name, rows, keys }) =>
      `${rows} ${rows === 1 ? 'row' : 'rows'} of ${name} (${
        keys.length > 0 ? `foreign key ${keys.join(', ')}` : 'by a trigger or a rule'
      })`,
  );
  const [code, what]: [ErrorCode, string] =
    doing === 'undo'
      ? ['undo_refused', `Step "${change.step}" (${change.title}) cannot be undone`]
      : ['target_mismatch', `Step "${change.step}" (${change.title}) was taken back`];
  throw fail(
    code,
    `${what}: rows that others wrote would be deleted or changed along with it, ${words.join(', ')}.`,
    {
      state: doing === 'undo' ? 'Nothing was undone; the run stands as it was.' : 'Nothing was changed.',
      next: `Put those rows out of the way, or what leads to them, then ${doing === 'undo' ? 'undo' : 'run the goal'} again.`,
      step: change.step,
      place: found[0]!.name,
    },
  );
}

/** Without partitions of, and tables that inherit from, the change's own; with the foreign keys that lead to them. */
function bystandersAmong(
  session: WriteSession,
  written: readonly Counted[],
  own: readonly string[],
): Promise<{ name: string; rows: number; keys: string[] }[]> {
  return session.query(
    `with recursive written as (select * from unnest($1::oid[], $2::text[], $3::float8[]) w (oid, name, rows)),
       up (oid, above) as (
         select oid, oid from written
         union select up.oid, i.inhparent from up join pg_inherits i on i.inhrelid = up.above)
     select w.name, w.rows,
       array(select con.conname::text from pg_constraint con
              where con.contype = 'f' and con.conrelid in (select above from up where up.oid = w.oid)
                and (con.confdeltype in ('c', 'n', 'd') or con.confupdtype in ('c', 'n', 'd'))
                and (con.confrelid = any($4::oid[]) or con.confrelid in (select above from up)) order by 1) as keys
       from written w
      where not exists (select from up where up.oid = w.oid and up.above = any($4::oid[]))
      order by w.name`,
    [written.map(({ oid }) => oid), written.map(({ name }) => name), written.map(({ rows }) => rows), own],
  );
}

/** Whether the tables have triggers or rules of their owner's, which may write anywhere. */
async function actsElsewhere(session: WriteSession, own: readonly string[]): Promise<boolean> {
  const [row] = await session.query<{ found: boolean }>(
    `with recursive tree (oid) as (
       select unnest($1::oid[])
       union select i.inhrelid from tree join pg_inherits i on i.inhparent = tree.oid)
     select exists (select from pg_trigger g join tree on tree.oid = g.tgrelid
                     where ${madeTrigger('g')} and g.tgenabled in ('O', 'A'))
         or exists (select from pg_rewrite r join tree on tree.oid = r.ev_class) as found`,
    [own],
  );
  return row!.found;
}
