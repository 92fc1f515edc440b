import type { RelationName } from '../../../schemas/change';
import { quoteRelation } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { Kept } from '../../../warehouses/kept';
import { attachedTo, unvalidated } from '../catalogue/attached';
import { tableColumns } from '../catalogue/columns';
import { rowKey } from '../catalogue/key';
import { membersOf, type Relation } from '../catalogue/relation';
import { tableTriggers } from '../catalogue/triggers';
import type { Planning } from '../plan';
import { hasLoads } from '../rows/loads';
import type { Stamps } from '../rows/stamps';

/** For the record: a table aside of values, each with what finds its row. */
export const valuesOf = (name: string, relation: RelationName, key: readonly string[] | undefined): Kept => ({
  ...{ name, relation, form: 'values' as const },
  ...(key && { key }),
});

/** The tables above and below one in its tree of partitions: a load into any of them may have written its rows. */
export async function kinOf(
  session: ReadSession,
  table: Pick<Relation, 'oid' | 'kind' | 'above'>,
): Promise<RelationName[]> {
  const below = table.kind === 'p' ? (await membersOf(session, table.oid)).slice(1) : [];
  return [...table.above, ...below.map(({ name }) => name)];
}

/** The name under which rows that are kept go on record: an erasure asks for the table at the top. */
export const recordedAs = ({ name, above }: Pick<Relation, 'name' | 'above'>): RelationName =>
  above.at(-1) ?? name;

/** What keeping the stamps of a table's rows needs; undefined where no load can still be taken back. */
export async function stampsOf(table: Relation, at: Planning): Promise<Stamps | undefined> {
  const { session, aside, ordinal } = at;
  const kin = await kinOf(session, table);
  if (!(await hasLoads(session, [table.name, ...kin]))) return undefined;
  return {
    ...{ name: table.name, kin, table: quoteRelation(table.name), partitioned: table.kind === 'p' },
    before: aside.name('before', ordinal, '_rows').quoted,
    map: aside.name('map', ordinal, '_rows').quoted,
    key: await rowKey(session, table.oid),
    columns: await tableColumns(session, table.oid),
    triggers: await tableTriggers(session, table.oid),
    unvalidated: unvalidated(await attachedTo(session, table.oid)),
  };
}
