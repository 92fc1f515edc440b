import type { Estimate } from '../../../schemas/change';
import { fail } from '../../../schemas/errors';
import { rowsQuery } from '../../../sql/clauses';
import { parseSql } from '../../../sql/parse';
import { child, children, walk, type Tree } from '../../../sql/walk';
import type { ReadSession } from '../../../warehouses/warehouse';
import { withCatalogueSettings } from '../../../warehouses/postgres/catalogue-settings';
import { targetsOf, type Action } from '../action';
import { tableColumns } from '../catalogue/columns';
import { findRelation } from '../catalogue/relation';
import { attempt } from './attempt';

/** Bytes of a kept row besides its values: row header, key or hash. */
const OVERHEAD = 64;

/**
 * Rows, bytes and bytes kept aside, from the live statistics; empty for what is not there yet. Throws `invalid_sql`
 * when the server cannot make sense of the rows that a statement names.
 */
export async function estimate(action: Action, live: ReadSession): Promise<Estimate> {
  const [name] = targetsOf(action);
  const table = name === undefined || name.endsWith('.*') ? undefined : await findRelation(live, name);
  if (!table) return {};
  const { rows, bytes } = table;
  const perRow = rows > 0 ? Math.ceil(bytes / rows) : 0;
  switch (action.kind) {
    case 'insert':
    case 'update':
    case 'delete': {
      const touched = await plannedRows(action, live);
      if (touched === undefined) return {};
      const kept = action.kind === 'insert' ? OVERHEAD : perRow + OVERHEAD;
      return { rows: touched, bytes: touched * perRow, undoBytes: touched * kept };
    }
    // How many rows match is not asked: PostgreSQL tells it only by running it.
    case 'merge':
      return {};
    case 'truncate': {
      let [all, held] = [0, 0];
      for (const each of action.relations) {
        const found = await findRelation(live, each);
        all += found?.rows ?? 0;
        held += found?.bytes ?? 0;
      }
      return { rows: all, bytes: 0, undoBytes: held };
    }
    case 'drop table':
      return { rows, bytes: 0, undoBytes: bytes };
    case 'drop column':
    case 'alter type': {
      const columns = await withCatalogueSettings(live, () => tableColumns(live, table.oid));
      const width = columns.find((column) => column.name === action.column)?.width ?? 0;
      const times = action.kind === 'alter type' ? 2 : 1;
      return { rows, bytes, undoBytes: Math.ceil(rows * (width * times + OVERHEAD)) };
    }
    case 'create index':
    case 'set not null':
    case 'add constraint':
      return { bytes };
    default:
      return {};
  }
}

async function plannedRows(
  action: Action & { kind: 'insert' | 'update' | 'delete' },
  live: ReadSession,
): Promise<number | undefined> {
  // DEFAULT stands for a value only where rows are inserted: such rows are counted as they are written.
  const rows = action.kind === 'insert' ? defaultRows(action.node) : 0;
  if (rows > 0) return rows;
  const query = await rowsQuery(action.text, action.kind);
  if (query === undefined) return 1;
  const [parsed] = await parseSql(query);
  if (parsed?.kind !== 'SelectStmt') return undefined;
  type Explained = { 'QUERY PLAN': { Plan: { 'Plan Rows': number } }[] };
  const look = (): Promise<Explained[]> => live.query<Explained>(`explain (format json) ${query}`);
  const [row] = await attempt(live, look).catch((error: unknown) => {
    throw asInvalid(error, action);
  });
  return row?.['QUERY PLAN'][0]?.Plan['Plan Rows'];
}

function defaultRows(insert: Tree): number {
  const rows = children(child(child(insert, 'selectStmt'), 'SelectStmt'), 'valuesLists');
  let found = false;
  walk(rows, (tag) => {
    if (tag === 'SetToDefault') found = true;
  });
  return found ? rows.length : 0;
}

/** Class 42 is about names and types: its messages quote no rows. */
function asInvalid(error: unknown, { place }: Action): unknown {
  const { code, message } = ((error as Error).cause ?? {}) as { code?: string; message?: string };
  if (!code?.startsWith('42') || code === '42501') return error;
  const next =
    'Correct the statement; if an earlier step makes what is missing, name that step under `needs`.';
  return fail('invalid_sql', `${message} (at ${place})`, { next, place, cause: error });
}
