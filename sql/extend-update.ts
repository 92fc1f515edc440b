import { isDeepStrictEqual } from 'node:util';
import { parse } from 'libpg-query';
import { topTokens } from './clauses';
import type { Token } from './scan';
import { child, children, shapeOf, tagged, type Tree } from './walk';

/**
 * An UPDATE with `item` as the first of its FROM list, and rows only where `condition` (one or more of AND) holds as well.
 * The text is otherwise as it was written. What comes of it is parsed again and must be the statement that it was with
 * these two additions and nothing else; undefined where that cannot be had.
 */
export async function extendUpdate(
  text: string,
  item: string,
  condition: string,
): Promise<string | undefined> {
  const extended = insert(text, await placesIn(text), item, condition);
  const [was, is, added] = await Promise.all([
    updateIn(text),
    updateIn(extended),
    updateIn(`update t set a = 1 from ${item} where ${condition}`),
  ]);
  if (!was || !is || !added) return undefined;
  const conditions = children(child(child(added, 'whereClause'), 'BoolExpr'), 'args');
  const where = child(was, 'whereClause');
  const expected = {
    ...was,
    fromClause: [...children(added, 'fromClause'), ...children(was, 'fromClause')],
    whereClause: where
      ? { BoolExpr: { boolop: 'AND_EXPR', args: [...conditions, where] } }
      : child(added, 'whereClause'),
  };
  return isDeepStrictEqual(is, expected) ? extended : undefined;
}

interface Places {
  /** After FROM, where there is one. */
  from?: number;
  /** Before WHERE and after it, where there is one. */
  where?: { before: number; after: number };
}

function insert(text: string, { from, where }: Places, item: string, condition: string): string {
  // Line breaks: a comment must not swallow what comes after it.
  const head = text.slice(0, where?.before);
  const joined =
    from === undefined ? `${head}\nfrom ${item}\n` : `${head.slice(0, from)} ${item},${head.slice(from)}\n`;
  if (!where) return `${joined}where ${condition}`;
  return `${joined}where ${condition} and (${text.slice(where.after)}\n)`;
}

async function placesIn(text: string): Promise<Places> {
  const tokens = await topTokens(text);
  const find = (from: number, word: string): number =>
    tokens.findIndex(
      (token, index) =>
        index >= from &&
        token.depth === 0 &&
        token.text.toLowerCase() === word &&
        // `t.from` is a column; `is distinct from` begins no list of tables.
        !['.', 'distinct'].includes(tokens[index - 1]?.text.toLowerCase() ?? ''),
    );
  const set = find(find(0, 'update'), 'set');
  const [from, where] = [find(set, 'from'), find(set, 'where')];
  const token = (index: number): Token | undefined => tokens[index];
  const list = from >= 0 && (where < 0 || from < where) ? token(from) : undefined;
  const condition = token(where);
  return {
    ...(list && { from: list.end }),
    ...(condition && { where: { before: condition.start, after: condition.end } }),
  };
}

/** The one UPDATE of a text, without its locations. */
async function updateIn(text: string): Promise<Tree | undefined> {
  try {
    const { stmts = [] } = await parse(text);
    const [kind, node] = tagged(stmts[0]?.stmt ?? {});
    return stmts.length === 1 && kind === 'UpdateStmt' ? (shapeOf(node) as Tree) : undefined;
  } catch {
    return undefined;
  }
}
