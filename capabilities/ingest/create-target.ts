import { splitRelation } from '../../sql/quote';
import type { WriteSession } from '../../warehouses/warehouse';
import type { IngestBody } from './body';
import type { Detail } from './record';
import * as sql from './statements';

/** Creates the table, and its schema when there is none. */
export async function createTarget(
  body: IngestBody,
  session: WriteSession,
): Promise<Pick<Detail, 'created' | 'createdSchema' | 'createdSchemaRights'>> {
  const { schema } = splitRelation(body.relation);
  const exists = async (): Promise<boolean> =>
    (await session.query('select from pg_catalog.pg_namespace where nspname = $1', [schema])).length > 0;
  const made: Pick<Detail, 'createdSchema' | 'createdSchemaRights'> = {};
  if (!(await exists())) {
    // Steps that run side by side may want the same schema: one makes it, the others wait for its commit and find it.
    await session.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`sluice:schema:${schema}`]);
    if (!(await exists())) {
      await session.execute(sql.createSchema(body.relation));
      made.createdSchema = schema;
      const [row] = await session.query<{ rights: string | null }>(
        'select nspacl::text as rights from pg_catalog.pg_namespace where nspname = $1',
        [schema],
      );
      if (row!.rights !== null) made.createdSchemaRights = row!.rights;
    }
  }
  await session.execute(sql.createTable(body));
  return { created: body.relation, ...made };
}
