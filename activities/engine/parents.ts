import { quoteIdent, quoteRelation, storedName } from '../../sql/quote';
import type { Capability, StepContext } from '../../capabilities/capability';
import type { Change, RelationName } from '../../schemas/change';
import { SluiceError } from '../../schemas/errors';
import type { MissingParents, ReadSession, Shadow } from '../../warehouses/warehouse';

/** A load reads so many rows in a rehearsal at most, so no more keys than that can be missing. */
const KEYS = 10_000;
const ROWS = 1_000;
/** New parents may refer to others that are missing, and a row may come to refer to one only once its own is there. */
const TRIES = 3;

interface Step {
  capability: Capability;
  change: Change;
  context: () => StepContext;
}

/**
 * Runs `work`, the apply of a change in a shadow. Rows that it writes may refer to parents that the sample lacks though
 * the live table has them: then the change is tried once without the foreign keys of what it writes, in a transaction
 * that is rolled back, to see which parents those are; they are brought, and `work` runs again.
 */
export async function withParents<T>(shadow: Shadow, step: Step, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (cause) {
      if (tries > TRIES || !isMissingParent(cause)) throw cause;
      const missing = await missingParents(shadow, step).catch(() => []);
      if (missing.length === 0 || (await shadow.sampleParents(missing, ROWS)) === 0) throw cause;
    }
  }
}

/** foreign_key_violation. */
function isMissingParent(cause: unknown): boolean {
  return cause instanceof SluiceError && (cause.cause as { code?: string } | undefined)?.code === '23503';
}

class RolledBack extends Error {
  constructor(readonly missing: MissingParents[]) {
    super('only to look');
  }
}

async function missingParents(
  shadow: Shadow,
  { capability, change, context }: Step,
): Promise<MissingParents[]> {
  const ctx = context();
  try {
    await shadow.write(
      async (session) => {
        const keys = await session.query<Key>(KEYS_SQL, [change.writes]);
        for (const { child, name } of keys)
          await session.execute(`alter table ${quoteRelation(child)} drop constraint ${quoteIdent(name)}`);
        await capability.apply(change, { ...ctx, session });
        const missing: MissingParents[] = [];
        for (const key of keys) missing.push(...(await lookUp(session, key)));
        throw new RolledBack(missing);
      },
      { applicationName: 'sluice look for parents', signal: ctx.signal },
    );
  } catch (cause) {
    const found = rolledBack(cause);
    if (found) return found.missing;
    throw cause;
  }
  return [];
}

function rolledBack(cause: unknown): RolledBack | undefined {
  if (cause instanceof RolledBack) return cause;
  const inner = (cause as { cause?: unknown } | undefined)?.cause;
  return inner instanceof RolledBack ? inner : undefined;
}

interface Key {
  name: string;
  child: RelationName;
  parent: RelationName;
  childColumns: string[];
  parentColumns: string[];
  types: string[];
}

const columns = (
  table: string,
  numbers: string,
  what: string,
): string => `(select array_agg(${what} order by o)
    from unnest(${numbers}) with ordinality as u (n, o) join pg_attribute a on a.attrelid = ${table} and a.attnum = u.n)`;

const KEYS_SQL = `
  select k.conname::text as name, ${storedName('cn.nspname', 'c.relname')} as child, ${storedName('pn.nspname', 'p.relname')} as parent,
    ${columns('k.conrelid', 'k.conkey', 'a.attname::text')} as "childColumns",
    ${columns('k.confrelid', 'k.confkey', 'a.attname::text')} as "parentColumns",
    ${columns('k.confrelid', 'k.confkey', 'format_type(a.atttypid, null)')} as types
  from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace cn on cn.oid = c.relnamespace
    join pg_class p on p.oid = k.confrelid join pg_namespace pn on pn.oid = p.relnamespace
  where k.contype = 'f' and k.conparentid = 0 and to_jsonb(k) ->> 'conperiod' is distinct from 'true'
    and ${storedName('cn.nspname', 'c.relname')} = any($1)
  order by 2, 1`;

async function lookUp(session: ReadSession, key: Key): Promise<MissingParents[]> {
  const { child, parent, childColumns, parentColumns, types } = key;
  const list = childColumns.map((column) => `child.${quoteIdent(column)}`);
  const same = childColumns.map(
    (column, i) => `parent.${quoteIdent(parentColumns[i]!)} = child.${quoteIdent(column)}`,
  );
  const [row] = await session.query<Record<string, string[] | null>>(
    `select ${childColumns.map((_, i) => `array_agg(k${i}::text) as k${i}`).join(', ')} from (
       select distinct ${list.join(', ')} from ${quoteRelation(child)} child
       where ${list.map((column) => `${column} is not null`).join(' and ')}
         and not exists (select from ${quoteRelation(parent)} parent where ${same.join(' and ')})
       limit ${KEYS}) as missing (${childColumns.map((_, i) => `k${i}`).join(', ')})`,
  );
  const keys = childColumns.map((_, i) => row?.[`k${i}`] ?? []);
  return keys[0]!.length === 0 ? [] : [{ parent, parentColumns, types, keys }];
}
