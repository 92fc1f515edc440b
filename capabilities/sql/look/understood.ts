import { SluiceError } from '../../../schemas/errors';
import { viewQuery } from '../../../sql/clauses';
import type { ReadSession } from '../../../warehouses/warehouse';
import { located, namesOfRelations } from '../../query/failure';
import type { Action } from '../action';
import { attempt } from './attempt';

/**
 * Lets the server read a statement that writes rows or holds a query, without running it: EXPLAIN resolves every name
 * and type. Throws `invalid_sql` at the place of what it cannot make sense of, with the nearest name that exists.
 */
export async function assertUnderstood(action: Action, live: ReadSession): Promise<void> {
  const text = await explainable(action);
  if (text === undefined) return;
  const prefix = 'explain ';
  try {
    await attempt(live, () => live.query(prefix + text));
  } catch (error) {
    const code =
      error instanceof SluiceError ? (error.cause as { code?: string } | undefined)?.code : undefined;
    // The role that looks may read only: the server says so after it has understood the statement.
    if (!code?.startsWith('42') || code === '42501') {
      if (code !== undefined) return;
      throw error;
    }
    const { statement } = action;
    const from = Math.max(0, statement.text.indexOf(text));
    const part = { ...statement, text, start: statement.start + from };
    throw located(error, part, prefix, await namesOfRelations(live));
  }
}

function explainable(action: Action): Promise<string | undefined> | string | undefined {
  switch (action.kind) {
    case 'insert':
    case 'update':
    case 'delete':
    case 'merge':
      return action.text;
    case 'create table':
      return action.fromQuery ? action.text : undefined;
    case 'create view':
      return viewQuery(action.text);
    default:
      return undefined;
  }
}
