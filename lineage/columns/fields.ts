import type { Dataset, InputField } from '../../schemas/lineage';
import type { RelationName } from '../../schemas/change';
import { splitKey, type Flow } from './flow';

/** A flow as the facet has it: sorted, so that the same lineage is the same bytes. */
export function inputFields(
  flow: Flow,
  datasetOf: (relation: RelationName) => Dataset = (name) => ({ kind: 'relation', name }),
): InputField[] {
  const keys = [...new Set([...flow.direct.keys(), ...flow.indirect.keys()])].sort();
  return keys.map((key) => {
    const { relation, column } = splitKey(key);
    const direct = flow.direct.get(key);
    return {
      dataset: datasetOf(relation),
      field: column,
      transformations: [
        ...(direct ? [{ type: 'DIRECT' as const, subtype: direct }] : []),
        ...[...(flow.indirect.get(key) ?? [])]
          .sort()
          .map((subtype) => ({ type: 'INDIRECT' as const, subtype })),
      ],
    };
  });
}
