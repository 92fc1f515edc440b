import type { Finding, RelationName } from '../../schemas/change';
import { fail } from '../../schemas/errors';
import { readRelation, quoteRelation } from '../../sql/quote';
import { LEDGER_SCHEMA as S } from '../../warehouses/ledger.sql';
import {
  foreignKeysTo,
  reached,
  reachedInWords,
  type RowWrite,
} from '../../warehouses/postgres/foreign-keys';
import type { ReadSession } from '../../warehouses/warehouse';
import { tableTriggers } from '../sql/catalogue/triggers';
import type { KeyColumn, Target } from './body';
import { isSearchable, keptOf, type KeptOf } from './kept';
import { matching, paramsOf, type Values } from './values';

interface Found {
  oid: string;
  kind: string;
  columns: KeyColumn[];
}

async function find(session: ReadSession, relation: RelationName): Promise<Found | undefined> {
  const rows = await session.query<Found>(
    `select c.oid::text as oid, c.relkind::text as kind,
            (select coalesce(jsonb_agg(jsonb_build_object('name', attname, 'type', format_type(atttypid, atttypmod)) order by attnum), '[]')
               from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) as columns
       from pg_class c where c.oid = to_regclass($1)`,
    [quoteRelation(relation)],
  );
  return rows[0];
}

/** The table whose rows are to go, or what is kept of one that was dropped. Throws `not_found`, `target_mismatch`. */
export async function targetOf(
  session: ReadSession,
  table: string,
  names: readonly string[],
): Promise<{ target: Target; oid: string | undefined; kept: KeptOf[] }> {
  const relation = readRelation(table);
  const found = await find(session, relation);
  const kept = await keptOf(session, relation);
  if (found && !'rp'.includes(found.kind)) {
    throw fail('target_mismatch', `${relation} is not a table: it holds no rows of its own.`, {
      next: 'Erase from the tables that it reads.',
      place: relation,
    });
  }
  const whole = kept.find((each) => each.form !== 'values');
  const columns = found?.columns ?? whole?.columns;
  if (!columns) {
    throw fail('not_found', `There is no table ${relation}, and nothing is kept of one of that name.`, {
      next: 'Check the name; write the schema, too.',
      place: relation,
    });
  }
  return {
    target: { relation, exists: found !== undefined, columns: keyColumns(relation, columns, names) },
    oid: found?.oid,
    kept,
  };
}

function keyColumns(relation: string, columns: readonly KeyColumn[], names: readonly string[]): KeyColumn[] {
  const missing = names.filter((name) => !columns.some((column) => column.name === name));
  if (missing.length > 0) {
    const has = columns.map(({ name }) => name).filter((name) => !/^sluice[_$]/.test(name));
    throw fail(
      'target_mismatch',
      `${relation} has no column ${missing.join(', ')}; it has ${has.join(', ')}.`,
      {
        next: 'Name columns that the table has: --where COLUMN=VALUE.',
        place: relation,
      },
    );
  }
  return names.map((name) => columns.find((column) => column.name === name)!);
}

/** What was built from a table, by what changes on record have read, and views: each with its kind and columns. */
export async function downstreamOf(
  session: ReadSession,
  relation: RelationName,
): Promise<{ relation: RelationName; kind: string; columns: KeyColumn[] }[]> {
  const seen = new Set([relation]);
  const found: { relation: RelationName; kind: string; columns: KeyColumn[] }[] = [];
  for (const queue = [relation]; queue.length > 0;) {
    const next = queue.shift()!;
    const rows = await session.query<{ name: string }>(
      `select distinct w.name from ${S}.change c, unnest(c.writes) as w (name)
        where c.state = 'applied' and c.kind <> 'erase' and c.reads @> array[$1::text] and w.name not like '%.*'
       union
       select n.nspname || '.' || v.relname from pg_depend d
         join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
         join pg_class v on v.oid = r.ev_class join pg_namespace n on n.oid = v.relnamespace
        where d.refclassid = 'pg_class'::regclass and d.refobjid = to_regclass($2) and v.oid <> d.refobjid
       order by 1`,
      [next, quoteRelation(next)],
    );
    for (const { name } of rows) {
      if (seen.has(name) || name.startsWith(`${S}.`)) continue;
      seen.add(name);
      queue.push(name);
      const relationFound = await find(session, name);
      if (relationFound) found.push({ relation: name, ...relationFound });
    }
  }
  return found;
}

/** Triggers that see rows of a table go, in plain words. */
export async function triggersSeeing(
  session: ReadSession,
  relation: RelationName,
  oid: string | undefined,
): Promise<Finding[]> {
  if (oid === undefined) return [];
  const triggers = (await tableTriggers(session, oid)).filter((each) => each.delete && each.enabled !== 'D');
  return triggers.map(({ name }) => ({
    severity: 'warning',
    rule: 'trigger_sees_rows',
    message: `The trigger ${name} of ${relation} sees the rows as they go: look at what it writes down.`,
  }));
}

/**
 * Throws `target_mismatch`, naming them, where rows refer by a foreign key to rows that are to go: whatever its action,
 * those are others' and do not go, or lose their reference, along with it.
 */
export async function assertUnreferred(
  live: ReadSession,
  { relation, columns }: Target,
  values: Values,
): Promise<void> {
  const write: RowWrite = { relation, where: matching('t', columns) };
  const keys = await foreignKeysTo(live, relation);
  const found = await reached(live, write, keys, paramsOf(columns, values));
  if (found.length === 0) return;
  const tables = [...new Set(found.map(({ key }) => key.table))];
  throw fail(
    'target_mismatch',
    `Rows of ${tables.join(', ')} refer to rows of ${relation} that are to go: ${reachedInWords(write, found)}.`,
    {
      next: `Erase from ${tables.join(', ')} first, or let those rows refer to others.`,
      place: tables[0],
    },
  );
}

/** What cannot be told apart by person, and so goes as a whole. */
export const unsearchable = (kept: readonly KeptOf[], target: Target): KeptOf[] =>
  kept.filter((each) => !isSearchable(each, target.columns));
