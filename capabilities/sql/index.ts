import type { Capability } from '../capability';
import { applySql } from './apply';
import type { SqlBody } from './body';
import { sqlInputSchema, type SqlInput } from './input';
import { sqlLineage } from './lineage';
import { proposeSql } from './propose';
import { sqlNeeds } from './touches';
import { undoSql } from './undo';
import { verifySql } from './verify';

/** `sql`: statements of a closed set, each with an exact undo. */
export const sql: Capability<SqlInput, SqlBody> = {
  kind: 'sql',
  summary:
    'run SQL statements of a closed set (schemas, tables, columns, indexes, views, rows), each with an exact undo',
  input: sqlInputSchema,
  bundle: (input) => (input.file === undefined ? [] : [input.file]),
  propose: proposeSql,
  lineage: sqlLineage,
  needs: sqlNeeds,
  apply: applySql,
  verify: verifySql,
  undo: undoSql,
};
