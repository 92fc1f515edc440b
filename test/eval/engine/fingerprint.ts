import type { Client } from 'pg';

/** Of every relation of the warehouse but Sluice's own: its structure and all of its rows, in a few characters. */
export type Fingerprints = Map<string, string>;

const RELATIONS = `
  select n.nspname || '.' || c.relname as name, c.relkind::text as kind,
    md5(concat_ws('|',
      (select string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, col_description(c.oid, attnum)), ',' order by attname)
         from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped),
      (select string_agg(pg_get_constraintdef(oid), ',' order by conname) from pg_constraint where conrelid = c.oid),
      (select string_agg(pg_get_indexdef(indexrelid), ',' order by pg_get_indexdef(indexrelid)) from pg_index where indrelid = c.oid),
      obj_description(c.oid, 'pg_class'), c.relacl::text, pg_get_userbyid(c.relowner),
      case when c.relkind = 'v' then pg_get_viewdef(c.oid) end)) as structure
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm') and n.nspname !~ '^(pg_|information_schema$|sluice$)'
  order by 1`;

export async function fingerprints(client: Client): Promise<Fingerprints> {
  const { rows } = await client.query<{ name: string; kind: string; structure: string }>(RELATIONS);
  const found: Fingerprints = new Map();
  if (rows.length === 0) return found;
  const counts = await client.query<{ name: string; content: string }>(
    rows
      .map(({ name }) => {
        const quoted = name
          .split('.')
          .map((part) => `"${part}"`)
          .join('.');
        // A sum of hashes: the same for the same rows in any order, and each as often.
        return `select '${name}' as name, count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) as content from ${quoted} t`;
      })
      .join(' union all '),
  );
  const contents = new Map(counts.rows.map(({ name, content }) => [name, content]));
  for (const { name, kind, structure } of rows) found.set(name, `${kind} ${structure} ${contents.get(name)}`);
  return found;
}

/** Relations that differ, came or went. */
export function differing(before: Fingerprints, after: Fingerprints): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name)).sort();
}
