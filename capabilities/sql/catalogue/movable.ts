import { ifKnown } from '../../../warehouses/postgres/fingerprint/fragments';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { Column } from './columns';
import type { Dependent } from './dependents';

/**
 * A column that was dropped can get back its place among the others only if those after it are made again too.
 * Whatever hangs on them must then be made again as well; what cannot be is returned here, in plain words.
 */
export async function immovable(
  session: ReadSession,
  oid: string,
  moved: readonly Column[],
  columns: readonly Column[],
  dependents: readonly Dependent[],
): Promise<string[]> {
  const nums = new Set(moved.map(({ num }) => num));
  const held = dependents.filter(
    ({ kind, column }) => nums.has(column) && kind !== 'view' && kind !== 'foreign key',
  );
  const inputs = await generatedInputs(session, oid);
  const generated = columns.filter((column) => {
    const uses = inputs.get(column.num) ?? [];
    // A moved generated column is made after those before it; one that stays would lose what it is made of.
    return nums.has(column.num) ? uses.some((num) => num > column.num) : uses.some((num) => nums.has(num));
  });
  const published = await publishedColumns(session, oid);
  return [
    ...held.map(({ description }) => description),
    ...generated.map(({ name }) => `generated column ${name}`),
    ...published,
  ];
}

/** attnums that each generated column is made of. */
export async function generatedInputs(session: ReadSession, oid: string): Promise<Map<number, number[]>> {
  const rows = await session.query<{ num: number; inputs: number[] }>(
    `select f.adnum::int as num, array_agg(distinct d.refobjsubid::int) as inputs
       from pg_attrdef f join pg_attribute a on a.attrelid = f.adrelid and a.attnum = f.adnum and a.attgenerated <> ''
       -- Before version 15 it is the column that depends on others, and would silently be dropped with them.
       join pg_depend d on (d.classid = 'pg_attrdef'::regclass and d.objid = f.oid
         or d.classid = 'pg_class'::regclass and d.objid = f.adrelid and d.objsubid = f.adnum)
        and d.refclassid = 'pg_class'::regclass and d.refobjid = f.adrelid and d.refobjsubid not in (0, f.adnum)
      where f.adrelid = $1::oid group by f.adnum`,
    [oid],
  );
  return new Map(rows.map(({ num, inputs }) => [num, inputs]));
}

/** Publications that name columns or rows of the table. */
async function publishedColumns(session: ReadSession, oid: string): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `select 'publication ' || p.pubname as name from pg_publication_rel m join pg_publication p on p.oid = m.prpubid
      where m.prrelid = $1::oid and (${ifKnown('m', 'prattrs', 'int2vector')} is not null or ${ifKnown('m', 'prqual', 'pg_node_tree')} is not null) order by 1`,
    [oid],
  );
  return rows.map(({ name }) => name);
}
