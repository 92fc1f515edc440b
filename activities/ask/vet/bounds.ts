import { rowsQuery } from '../../../sql/clauses';
import { isAlwaysTrue } from '../../../sql/always';
import { quoteRelation } from '../../../sql/quote';
import { scanSql } from '../../../sql/scan';
import { sqlText } from '../../../sql/text';
import { child, textOf } from '../../../sql/walk';
import { attempt } from '../../../capabilities/sql/look/attempt';
import type { Action } from '../../../capabilities/sql/action';
import type { ReadSession } from '../../../warehouses/warehouse';

export type RowAction = Action & { readonly kind: 'update' | 'delete' };

/** Whether an UPDATE or DELETE says which rows it is about, by its text alone. */
export function isUnbounded(action: RowAction): boolean {
  return isAlwaysTrue(child(action.node, 'whereClause'), action.relation);
}

/**
 * Whether there is no row now that the statement would leave alone: its condition says something, but nothing of these
 * rows. Undefined where it cannot be told (a WITH, a subquery that takes too long).
 */
export async function coversAll(session: ReadSession, action: RowAction): Promise<boolean | undefined> {
  if (action.node['withClause']) return undefined;
  const rows = await rowsQuery(action.text, action.kind);
  const where = rows === undefined ? undefined : await conditionOf(action.text);
  if (where === undefined) return undefined;
  const relation = child(action.node, 'relation');
  const alias = textOf(child(relation, 'alias'), 'aliasname');
  const target = `${quoteRelation(action.relation)}${alias === undefined ? '' : ` as "${alias.replaceAll('"', '""')}"`}`;
  const others =
    (action.node[action.kind === 'update' ? 'fromClause' : 'usingClause'] as unknown[] | undefined) ?? [];
  if (others.length > 0) return undefined;
  try {
    const [found] = await attempt(session, () =>
      session.query<{ any: boolean; left: boolean }>(
        `select exists (select 1 from ${target}) as any,
                exists (select 1 from ${target} where (${where}\n) is not true) as left`,
      ),
    );
    return found!.any && !found!.left;
  } catch {
    return undefined;
  }
}

/** The text after WHERE at the top level. */
async function conditionOf(text: string): Promise<string | undefined> {
  let depth = 0;
  for (const token of await scanSql(sqlText(text))) {
    if (token.isComment) continue;
    if (token.text === ')' || token.text === ']') depth -= 1;
    if (depth === 0 && token.text.toLowerCase() === 'where') return text.slice(token.end);
    if (token.text === '(' || token.text === '[') depth += 1;
  }
  return undefined;
}
