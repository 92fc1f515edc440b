import { extendUpdate } from '../../../sql/extend-update';
import { quoteIdent, quoteRelation } from '../../../sql/quote';
import { scanSql } from '../../../sql/scan';
import { sqlText } from '../../../sql/text';
import { child, textOf } from '../../../sql/walk';
import type { Action, ActionOf } from '../action';
import { mismatch } from '../handlers/target';
import type { Act } from '../plan';
import { from, HASH, hashOf, keyColumn, MADE } from './identity';
import { makeAside, writable, type Keep } from './keep';
import { XMIN } from './loads';

/** The first major whose RETURNING gives the row before and the row after (release-18.html). */
export const OLD_AND_NEW = 18;

export type RowsAction = ActionOf<'insert' | 'update' | 'delete'> | ActionOf<'merge'>;

/**
 * Throws `target_mismatch` for a statement whose rows, as they were, only PostgreSQL 18 can return while it runs: MERGE, and
 * INSERT … ON CONFLICT DO UPDATE.
 */
export function refuseNeedingOldRows(action: Action): void {
  const upserts =
    action.kind === 'insert' && child(action.node, 'onConflictClause')?.['action'] === 'ONCONFLICT_UPDATE';
  if (action.kind !== 'merge' && !upserts) return;
  throw mismatch(
    action,
    `${upserts ? 'INSERT … ON CONFLICT DO UPDATE' : 'MERGE'} needs PostgreSQL ${OLD_AND_NEW}: older servers do not return the rows as they were, so undo could not bring them back.`,
    upserts
      ? 'Write an UPDATE … FROM for the rows that are there and an INSERT … ON CONFLICT DO NOTHING for the others, in the same step; or give the step an `undo:` of its own.'
      : 'Write UPDATE … FROM, DELETE … USING and INSERT … SELECT … WHERE NOT EXISTS instead, in the same step; or give the step an `undo:` of its own.',
  );
}

/**
 * What `keepRows` does, on a server before 18: a new row has no values before, a deleted row is returned as it was, and an
 * UPDATE is joined to its own table, row by row, so that RETURNING has both. It runs on 18, too.
 * Throws `target_mismatch` for statements of {@link refuseNeedingOldRows}, and where an UPDATE cannot be joined.
 */
export async function keepRowsPlainly(keep: Keep, action: RowsAction): Promise<Act[]> {
  refuseNeedingOldRows(action);
  const { before, key = [], columns } = keep;
  const row = rowName(action);
  const values = writable(columns);
  const keys = key.map((name, index) => ({ kept: keyColumn(index), now: `${row}.${quoteIdent(name)}` }));
  // All columns: where a column has the table's name, the name alone would mean the column.
  const left = [...keys, { kept: HASH, now: hashOf(`row(${row}.*)`) }];
  const keptAs = (text: string, parts: { kept: string; now: string }[], made: boolean): Act[] => [
    ...makeAside(keep),
    {
      // The line break keeps a comment at the end of the statement from swallowing the rest.
      sql: `with sluice_rows (${parts.map((_, index) => `c${index + 1}`).join(', ')}) as (
${text}
returning ${parts.map(({ now }) => now).join(', ')})
insert into ${before} (${[...parts.map(({ kept }) => kept), MADE].join(', ')}) select *, ${made} from sluice_rows`,
    },
  ];
  if (action.kind === 'insert') return keptAs(action.text, left, true);
  if (action.kind === 'delete') {
    const was = [...values, XMIN].map((kept) => ({ kept, now: `${row}.${kept === XMIN ? 'xmin' : kept}` }));
    return keptAs(action.text, was, false);
  }
  const old = await unusedName(action.text);
  const column = (index: number): string => `${old}_c${index + 1}`;
  const was = [...values, XMIN].map((kept, index) => ({ kept, now: `${old}.${column(index)}` }));
  const seen = [...values, 'xmin'].map((name, index) => `${name} as ${column(index)}`);
  const text = await extendUpdate(
    action.text,
    `(select tableoid as ${old}_table, ctid as ${old}_place, ${seen.join(', ')} from ${from(keep)}) ${old}`,
    `${row}.tableoid = ${old}.${old}_table and ${row}.ctid = ${old}.${old}_place`,
  );
  if (text !== undefined) return keptAs(text, [...was, ...left], false);
  throw mismatch(
    action,
    `Before PostgreSQL ${OLD_AND_NEW}, an UPDATE is joined to its own table so that its rows are kept; where its FROM and WHERE begin cannot be told here.`,
    'Write it with plain names: no column, table or alias that is called WITH, UPDATE, SET, FROM or WHERE.',
  );
}

/** By what name the statement knows the row that it writes. */
function rowName({ node, relation }: RowsAction): string {
  const alias = textOf(child(child(node, 'relation'), 'alias'), 'aliasname');
  return alias === undefined ? quoteRelation(relation) : quoteIdent(alias);
}

/** A name that the statement does not use, nor any that begins with it: what is added cannot be meant by anything in it. */
async function unusedName(text: string): Promise<string> {
  const words = (await scanSql(sqlText(text))).map((token) => token.text.toLowerCase());
  let name = 'sluice_old';
  while (words.some((word) => word.includes(name))) name += '_';
  return name;
}
