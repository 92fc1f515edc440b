import type { RelationName } from '../../schemas/change';
import type { Blocked, Effect } from '../../schemas/effect';
import { storedName } from '../../sql/quote';
import type { ReadSession } from '../warehouse';

interface Seen {
  file: number;
  level: number;
  scans: number;
  indexes: number;
}

interface Row extends Seen {
  oid: number;
}

const BLOCKS: (Blocked | undefined)[] = [undefined, 'writers', 'everybody'];

/**
 * Watches what a session's statements do to the tables that were there when it began: the locks it holds (pg_locks),
 * whether rows were written anew (relfilenode), read one and all, or an index was built. Every lock is held to the end
 * of the transaction, so that looking after a statement is early enough.
 */
export class Effects {
  readonly found: Effect[] = [];

  private constructor(
    private readonly session: ReadSession,
    private readonly indexes: readonly number[],
    private readonly names: ReadonlyMap<number, RelationName>,
    private readonly seen: Map<number, Seen>,
  ) {}

  static async watch(session: ReadSession): Promise<Effects> {
    const rows = await session.query<{ oid: number; name: string; file: number; had: number[] }>(TABLES);
    return new Effects(
      session,
      rows.flatMap(({ had }) => had),
      new Map(rows.map(({ oid, name }) => [oid, name])),
      new Map(rows.map(({ oid, file, had }) => [oid, { file, indexes: had.length, level: 0, scans: 0 }])),
    );
  }

  /** What is read from here on is read by the next statement. */
  async before(): Promise<void> {
    for (const row of await this.look())
      this.seen.set(row.oid, { ...this.seen.get(row.oid)!, scans: row.scans });
  }

  /**
   * Notes what has happened since the last look, by the statement at `place`; without one, what all that was done reads
   * or builds says nothing.
   * `rowsOnly`: a statement about rows, whose plan on a sample says nothing of how many it reads.
   */
  async note(place?: string, { rowsOnly = false } = {}): Promise<void> {
    for (const row of await this.look()) {
      const was = this.seen.get(row.oid)!;
      const effect: Effect = { relation: this.names.get(row.oid)!, ...(place !== undefined && { place }) };
      const blocks = row.level > was.level ? BLOCKS[row.level] : undefined;
      if (blocks) effect.blocks = blocks;
      if (!rowsOnly) {
        // A table that is gone has none.
        if (row.file !== was.file && row.file !== 0) effect.rewritten = true;
        if (row.indexes > was.indexes && place !== undefined) effect.indexed = true;
        if (row.scans > was.scans && place !== undefined) effect.scanned = true;
      }
      this.seen.set(row.oid, { ...row, level: Math.max(row.level, was.level) });
      if (effect.blocks ?? effect.rewritten ?? effect.indexed ?? effect.scanned) this.found.push(effect);
    }
  }

  private look(): Promise<Row[]> {
    return this.names.size === 0
      ? Promise.resolve([])
      : this.session.query<Row>(HELD, [[...this.names.keys()], this.indexes]);
  }
}

/** Sluice's own tables are nobody's to wait for. A table's TOAST table and indexes get new files with it. */
const TABLES = `
  select c.oid::int8::float8 as oid, ${storedName('n.nspname', 'c.relname')} as name, c.relfilenode::int8::float8 as file,
         array(select i.indexrelid::int8::float8 from pg_index i where i.indrelid = c.oid) as had
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'm') and c.relpersistence <> 't'
     and n.nspname not in ('pg_catalog', 'information_schema', 'sluice') and n.nspname !~ '^pg_toast'
   order by name`;

/** Locks on an index that was there hold up whoever reads its table. What was dropped has no row in pg_class, and nothing but its lock. */
const HELD = `
  with held as (
    select coalesce(i.indrelid, l.relation) as oid,
           max(case when l.mode = 'AccessExclusiveLock' then 2
                    when l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock') then 1 else 0 end) as level
      from pg_locks l left join pg_index i on i.indexrelid = l.relation and i.indexrelid = any($2::oid[])
     where l.pid = pg_backend_pid() and l.locktype = 'relation' and l.granted
       and l.database = (select oid from pg_database where datname = current_database())
     group by 1)
  select held.oid::int8::float8 as oid, held.level, coalesce(c.relfilenode, 0)::int8::float8 as file,
         coalesce(pg_stat_get_xact_numscans(held.oid), 0)::int as scans,
         (select count(*)::int from pg_index i where i.indrelid = held.oid) as indexes
    from held left join pg_class c on c.oid = held.oid
   where held.oid = any($1::oid[]) order by 1`;
