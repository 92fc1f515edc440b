import { inputFields } from '../../lineage/columns/fields';
import { queryLineage } from '../../lineage/columns/query';
import { Uncertain } from '../../lineage/columns/scope';
import type { DatasetColumn, InputField, LineageInput, LineageOutput } from '../../schemas/lineage';
import { relationsIn } from '../../sql/parse';
import type { Tree } from '../../sql/walk';
import type { ReadSession } from '../../warehouses/warehouse';
import { knownRelations } from './catalogue';

export interface SelectLineage {
  inputs: LineageInput[];
  /** Of a relation with these columns, in this order. */
  output: Pick<LineageOutput, 'columns' | 'fields' | 'rows' | 'partial'>;
}

/** The lineage of a relation made of a SELECT; where that is not certain, only which relations it reads. */
export async function selectLineage(
  session: ReadSession,
  select: Tree,
  columns: readonly DatasetColumn[] | undefined,
): Promise<SelectLineage> {
  const named = relationsIn({ SelectStmt: select });
  const known = await knownRelations(session, named.reads, named.functions);
  const inputs = named.reads.map((name): LineageInput => {
    const list = known.columns.get(name);
    return { dataset: { kind: 'relation', name }, ...(list ? { columns: list } : {}) };
  });
  try {
    const found = queryLineage(select, known);
    const names = columns?.map((column) => column.name) ?? found.columns.map((column) => column.name);
    if (names.length !== found.columns.length || names.includes(undefined)) {
      throw new Uncertain('the columns of the result are not known');
    }
    const fields = found.columns.map(({ flow }, at): [string, InputField[]] => [
      names[at]!,
      inputFields(flow),
    ]);
    return {
      inputs,
      output: {
        columns: columns ? [...columns] : names.map((name) => ({ name: name! })),
        fields: Object.fromEntries<InputField[]>(fields),
        rows: inputFields(found.dataset),
      },
    };
  } catch (cause) {
    if (!(cause instanceof Uncertain)) throw cause;
    return { inputs, output: { ...(columns ? { columns: [...columns] } : {}), partial: cause.message } };
  }
}
