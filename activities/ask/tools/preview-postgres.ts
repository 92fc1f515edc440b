import { describeSource } from '../../../capabilities/ingest/postgres/describe';
import { normaliseRelation } from '../../../sql/quote';
import type { SourceDatabase } from '../../../sources/sources';
import { nameAsData } from '../mask/names';
import { whySensitive } from '../mask/sensitive';
import { LIMITS } from './limits';
import type { ToolContext } from './tool';

const TABLES = 500;

/** What another PostgreSQL has: its tables, or the columns of one. Its rows are not looked at. */
export async function previewPostgres(
  connection: string,
  table: string | undefined,
  ctx: ToolContext,
): Promise<Record<string, unknown>> {
  const sources = ctx.services.sources(ctx.bundle, 1);
  try {
    ctx.heartbeat();
    const source = await sources.postgres(connection);
    await source.query(`set local statement_timeout = ${LIMITS.timeoutMs}`);
    return table === undefined
      ? await tablesOf(source, connection)
      : await columnsOf(source, connection, table, ctx);
  } finally {
    await sources.close();
  }
}

async function tablesOf(source: SourceDatabase, connection: string): Promise<Record<string, unknown>> {
  const rows = await source.query<{ name: string; rows: number }>(
    `select n.nspname || '.' || c.relname as name, c.reltuples::float8 as rows
       from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition and n.nspname !~ '^pg_'
        and n.nspname not in ('information_schema', 'sluice') order by 1 limit ${TABLES}`,
  );
  const tables = rows.map(({ name, rows: count }) => ({
    table: nameAsData(name, 130),
    ...(count < 0 ? {} : { estimated_rows: count }),
  }));
  return { connection, tables };
}

async function columnsOf(
  source: SourceDatabase,
  connection: string,
  table: string,
  ctx: ToolContext,
): Promise<Record<string, unknown>> {
  const relation = normaliseRelation(table);
  const declared = [ctx.bundle.config, ctx.services.project.config]
    .flatMap((config) => [config.connections[connection]?.classification, config.classification])
    .filter((each) => each !== undefined);
  const columns = await describeSource(source, { table: relation });
  const [size] = await source.query<{ rows: number }>(
    `select c.reltuples::float8 as rows from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname || '.' || c.relname = $1`,
    [relation],
  );
  return {
    connection,
    table: nameAsData(relation, 130),
    ...(size && size.rows >= 0 ? { estimated_rows: size.rows } : {}),
    columns: columns.map(({ name, type, portable }) => {
      const hidden = whySensitive({ relation, column: name }, declared);
      return {
        name: nameAsData(name),
        type,
        ...(portable === type ? {} : { loaded_as: portable }),
        ...(hidden ? { hidden } : {}),
      };
    }),
  };
}
