import { columnKey, splitKey, type ColumnKey } from '../../../lineage/columns/flow';
import { queryLineage } from '../../../lineage/columns/query';
import { Uncertain } from '../../../lineage/columns/scope';
import { knownRelations } from '../../../capabilities/lineage/catalogue';
import type { RelationName } from '../../../schemas/change';
import { relationsIn, type ParsedStatement } from '../../../sql/parse';
import { children, isTree, names, type Tree } from '../../../sql/walk';
import type { ReadSession } from '../../../warehouses/warehouse';
import { holdsText } from './kinds';
import type { MaskedColumn, MaskedRelation } from './columns';

/** What a result's column is made of, as far as texts and hidden values go. */
export interface TextOrigin {
  /** Columns with text, or hidden ones, that its values are made of (not merely decided by). */
  texts: ColumnKey[];
  /** They go in as they are, or as the least or greatest of them. */
  unchanged: boolean;
}

/**
 * For each column of a result, which texts its values are made of: a number computed from a text is that text in other
 * words. How many there are, how long they are and whether they are null is not. What cannot be told is made of all.
 */
export async function textOrigins(
  session: ReadSession,
  statement: ParsedStatement,
  relations: ReadonlyMap<RelationName, MaskedRelation>,
  columns: number,
): Promise<{ origins: TextOrigin[]; uncertain: boolean }> {
  const named = relationsIn(statement);
  try {
    const known = await knownRelations(session, named.reads, named.functions);
    const rows = queryLineage(withoutCounting(statement.node), known);
    if (rows.columns.length !== columns) throw new Uncertain('other columns than the server says');
    const origins = rows.columns.map(({ flow }): TextOrigin => {
      const texts = [...flow.direct].filter(([key]) => holds(relations, key));
      return {
        texts: texts.map(([key]) => key),
        unchanged: texts.every(([, how]) => how !== 'TRANSFORMATION'),
      };
    });
    return { origins, uncertain: false };
  } catch (cause) {
    if (!(cause instanceof Uncertain)) throw cause;
    const all = [...relations.values()].flatMap(({ relation, columns: each }) =>
      each
        .filter((column) => holdsText(column.kind) || column.sensitive)
        .map((column) => columnKey(relation, column.name)),
    );
    const origins = Array.from({ length: columns }, () => ({ texts: all, unchanged: false }));
    return { origins, uncertain: true };
  }
}

export function columnAt(
  relations: ReadonlyMap<RelationName, MaskedRelation>,
  key: ColumnKey,
): MaskedColumn | undefined {
  const { relation, column } = splitKey(key);
  return relations.get(relation)?.columns.find((each) => each.name === column);
}

/** A column that nobody knows may hold text. */
function holds(relations: ReadonlyMap<RelationName, MaskedRelation>, key: ColumnKey): boolean {
  const column = columnAt(relations, key);
  return column === undefined || holdsText(column.kind) || column.sensitive !== undefined;
}

/** Functions whose result tells nothing of what a text says. */
const COUNTING = new Set([
  'count',
  'length',
  'char_length',
  'character_length',
  'octet_length',
  'cardinality',
  'array_length',
  'json_array_length',
  'jsonb_array_length',
  'row_number',
  'rank',
  'dense_rank',
  'ntile',
  'percent_rank',
  'cume_dist',
]);

/** The tree, with what is only counted or tested for null taken out. */
export function withoutCounting(tree: Tree): Tree {
  const pruned = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(pruned);
    if (!isTree(value)) return value;
    const entries = Object.entries(value).map(([key, below]): [string, unknown] => {
      if (key === 'NullTest') return ['A_Const', {}];
      if (key !== 'FuncCall' || !isTree(below)) return [key, pruned(below)];
      const path = names(children(below, 'funcname'));
      const system = path.length === 1 || (path.length === 2 && path[0] === 'pg_catalog');
      const counts = system && COUNTING.has(path.at(-1)!);
      const { args, ...rest } = below;
      return [
        key,
        counts
          ? pruned(rest)
          : { ...(pruned(rest) as Tree), ...(args === undefined ? {} : { args: pruned(args) }) },
      ];
    });
    return Object.fromEntries(entries);
  };
  return pruned(tree) as Tree;
}
