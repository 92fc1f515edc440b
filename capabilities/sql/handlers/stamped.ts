import type { RelationName } from '../../../schemas/change';
import { quoteRelation } from '../../../sql/quote';
import type { Kept } from '../../../warehouses/kept';
import { attachedTo, unvalidated } from '../catalogue/attached';
import { tableColumns } from '../catalogue/columns';
import { rowKey } from '../catalogue/key';
import { tableTriggers } from '../catalogue/triggers';
import type { Planning } from '../plan';
import { hasLoads } from '../rows/loads';
import type { Stamps } from '../rows/stamps';

/** For the record: a table aside of values, each with what finds its row. */
export const valuesOf = (name: string, relation: RelationName, key: readonly string[] | undefined): Kept => ({
  ...{ name, relation, form: 'values' as const },
  ...(key && { key }),
});

/** What keeping the stamps of a table's rows needs; undefined where no load can still be taken back. */
export async function stampsOf(
  relation: RelationName,
  oid: string,
  at: Planning,
): Promise<Stamps | undefined> {
  const { session, aside, ordinal } = at;
  if (!(await hasLoads(session, relation))) return undefined;
  return {
    ...{ name: relation, table: quoteRelation(relation) },
    before: aside.name('before', ordinal, '_rows').quoted,
    map: aside.name('map', ordinal, '_rows').quoted,
    key: await rowKey(session, oid),
    columns: await tableColumns(session, oid),
    triggers: await tableTriggers(session, oid),
    unvalidated: unvalidated(await attachedTo(session, oid)),
  };
}
