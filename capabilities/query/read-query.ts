import { z } from 'zod';
import type { ParamValue } from '../../schemas/goal';
import { bindParams, parseSingleSelect, sqlText, type ParsedStatement } from '../../sql/parse';
import type { ProposeContext } from '../capability';

/** How a step says its query: written out, or in a file that travels with the goal. */
export const queryFields = {
  sql: z.string().min(1).optional(),
  file: z.string().min(1).optional(),
};

export interface QueryFields {
  sql?: string;
  file?: string;
}

/** Exactly one of `sql` and `file`: what a schema of fields cannot say. */
export function lintQuery(input: QueryFields): { path: string; message: string }[] {
  if (input.sql !== undefined && input.file !== undefined) {
    return [{ path: 'file', message: 'give the query as `sql` or as `file`, not both' }];
  }
  return input.sql === undefined && input.file === undefined
    ? [{ path: 'sql', message: 'give the query, as `sql` or as `file`' }]
    : [];
}

export function bundledQuery(input: QueryFields): string[] {
  return input.file === undefined ? [] : [input.file];
}

/**
 * The step's one SELECT, its parameters bound, parsed by PostgreSQL's own grammar.
 * Throws `invalid_sql` (with file, line and column), `statement_refused`, `source_missing`.
 */
export async function readQuery(
  input: QueryFields,
  ctx: Pick<ProposeContext, 'bundledFile'>,
  params: Readonly<Record<string, ParamValue>>,
): Promise<ParsedStatement> {
  const text = input.file === undefined ? input.sql! : await ctx.bundledFile(input.file);
  return parseSingleSelect(await bindParams(sqlText(text, input.file), params));
}
