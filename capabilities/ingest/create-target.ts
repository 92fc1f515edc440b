import { splitRelation } from '../../sql/quote';
import type { WriteSession } from '../../warehouses/warehouse';
import type { IngestBody } from './body';
import type { Detail } from './record';
import * as sql from './statements';

/** Creates the table, and its schema when there is none. */
export async function createTarget(
  body: IngestBody,
  session: WriteSession,
): Promise<Pick<Detail, 'created' | 'createdSchema'>> {
  const { schema } = splitRelation(body.relation);
  const exists = async (): Promise<boolean> =>
    (await session.query('select from pg_catalog.pg_namespace where nspname = $1', [schema])).length > 0;
  let createdSchema: string | undefined;
  if (!(await exists())) {
    // Steps that run side by side may want the same schema: one makes it, the others wait for its commit and find it.
    await session.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`sluice:schema:${schema}`]);
    if (!(await exists())) {
      await session.execute(sql.createSchema(body.relation));
      createdSchema = schema;
    }
  }
  await session.execute(sql.createTable(body));
  return { created: body.relation, ...(createdSchema !== undefined && { createdSchema }) };
}
