import type { Change } from '../../schemas/change';
import { quoteIdent, quoteRelation, splitRelation } from '../../sql/quote';
import type { WriteContext } from '../capability';
import type { IngestBody } from './body';
import type { Detail } from './record';

/**
 * Drops the table that a load created, and the schema that this run created when nothing is left in it: of steps that
 * ran side by side, the one that made the schema need not be the last one that is undone.
 */
export async function dropCreated(
  change: Change<IngestBody>,
  detail: Detail,
  ctx: WriteContext,
): Promise<void> {
  const { relation } = change.body;
  const { schema } = splitRelation(relation);
  await ctx.session.execute(`drop table ${quoteRelation(relation)}`);
  const [made] =
    detail.createdSchema !== undefined
      ? [{ rights: detail.createdSchemaRights ?? null }]
      : await ctx.session.query<{ rights: string | null }>(
          `select applied->'detail'->>'createdSchemaRights' as rights from sluice.change
            where run_id = $1 and state = 'undone' and applied->'detail'->>'createdSchema' = $2`,
          [ctx.runId, schema],
        );
  if (!made) return;
  // What default privileges gave it when it was made is nobody's letting in.
  const [left] = await ctx.session.query<{ used: boolean }>(
    `select n.nspacl::text is distinct from $2
            or n.nspowner <> (select oid from pg_catalog.pg_roles where rolname = current_user)
            or exists (select from pg_catalog.pg_depend d
                        where d.refclassid = 'pg_catalog.pg_namespace'::regclass and d.refobjid = n.oid) as used
       from pg_catalog.pg_namespace n where n.nspname = $1`,
    [schema, made.rights],
  );
  // What others have put into it, or whom they have let in, is theirs: the schema stays.
  if (left && !left.used) await ctx.session.execute(`drop schema ${quoteIdent(schema)}`);
}
