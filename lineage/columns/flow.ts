import type { RelationName } from '../../schemas/change';

/** How a value comes from a column; names of the OpenLineage column-lineage facet. */
export type Direct = 'IDENTITY' | 'TRANSFORMATION' | 'AGGREGATION';
/** How a column decides which rows there are, or which value, without becoming it. */
export type Indirect = 'JOIN' | 'FILTER' | 'GROUP_BY' | 'SORT' | 'WINDOW' | 'CONDITIONAL';

/** `schema.table` and a column of it. */
export type ColumnKey = string;
export const columnKey = (relation: RelationName, column: string): ColumnKey => `${relation}\0${column}`;
export function splitKey(key: ColumnKey): { relation: RelationName; column: string } {
  const at = key.indexOf('\0');
  return { relation: key.slice(0, at), column: key.slice(at + 1) };
}

/** Everything that a value, or the set of rows, depends on. */
export interface Flow {
  readonly direct: ReadonlyMap<ColumnKey, Direct>;
  readonly indirect: ReadonlyMap<ColumnKey, ReadonlySet<Indirect>>;
}

export const NOTHING: Flow = { direct: new Map(), indirect: new Map() };

export const ofColumn = (key: ColumnKey): Flow => ({
  direct: new Map([[key, 'IDENTITY']]),
  indirect: new Map(),
});

const RANK: Record<Direct, number> = { IDENTITY: 0, TRANSFORMATION: 1, AGGREGATION: 2 };
const stronger = (a: Direct, b: Direct): Direct => (RANK[a] >= RANK[b] ? a : b);

/** What depends on any of these. */
export function merge(...flows: readonly Flow[]): Flow {
  const direct = new Map<ColumnKey, Direct>();
  const indirect = new Map<ColumnKey, Set<Indirect>>();
  for (const flow of flows) {
    for (const [key, how] of flow.direct) direct.set(key, stronger(direct.get(key) ?? how, how));
    for (const [key, hows] of flow.indirect) {
      const known = indirect.get(key) ?? new Set<Indirect>();
      for (const how of hows) known.add(how);
      indirect.set(key, known);
    }
  }
  return { direct, indirect };
}

/** The value after it went through a transformation or an aggregation. */
export function through(flow: Flow, how: Direct): Flow {
  return { ...flow, direct: new Map([...flow.direct].map(([key, before]) => [key, stronger(before, how)])) };
}

/** What decides by this value (a condition, a grouping), without passing it on. */
export function decidedBy(flow: Flow, how: Indirect): Flow {
  const keys = [...flow.direct.keys(), ...flow.indirect.keys()];
  return { direct: new Map(), indirect: new Map(keys.map((key) => [key, new Set([how])])) };
}

/** Whether two flows say the same. */
export function sameFlow(a: Flow, b: Flow): boolean {
  if (a.direct.size !== b.direct.size || a.indirect.size !== b.indirect.size) return false;
  for (const [key, how] of a.direct) if (b.direct.get(key) !== how) return false;
  for (const [key, hows] of a.indirect) {
    const others = b.indirect.get(key);
    if (others?.size !== hows.size || ![...hows].every((how) => others.has(how))) return false;
  }
  return true;
}
