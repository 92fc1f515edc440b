import { withCatalogueSettings } from '../../../warehouses/postgres/catalogue-settings';
import { z } from 'zod';
import { relationSchema } from '../../../schemas/goal';
import { maskedSql } from '../../../sql/mask';
import type { ReadSession } from '../../../warehouses/warehouse';
import { namesOf } from '../catalogue/keys';
import { nameAsData } from '../mask/names';
import { fitting } from './limits';
import { look, relationNamed } from './look';
import type { Tool } from './tool';

const inputSchema = z.strictObject({ table: relationSchema.describe('A table or view: schema.name') });

const KINDS: Record<string, string> = {
  r: 'table',
  p: 'partitioned table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
};
const relationName = (name: string): string => nameAsData(name, 130);

export const describeTable: Tool<z.infer<typeof inputSchema>> = {
  name: 'describe_table',
  description:
    'Describes a table or view: columns with types, keys, foreign keys in both directions, checks, indexes, size, partitioning, which columns are hidden because they are sensitive. Call it before you write SQL over a table.',
  input: inputSchema,
  async run({ table }, ctx) {
    const content = await look(ctx, async (session) => {
      const relation = await relationNamed(session, ctx, table);
      const more = await withCatalogueSettings(session, () => detailsOf(session, relation.oid));
      const described = new Map(more.columns?.map((column) => [column.name, column]));
      return {
        table: relationName(relation.relation),
        kind: KINDS[relation.relkind] ?? 'relation',
        ...(relation.rows === undefined ? {} : { estimated_rows: relation.rows }),
        bytes: Number(more.bytes),
        ...(more.partitioned
          ? { partitioned_by: maskedSql(more.partitioned), partitions: more.partitions }
          : {}),
        ...(more.commented ? { has_comment: true } : {}),
        columns: relation.columns.map(({ name, type, notNull, sensitive }) => {
          const { expression, generated, identity, commented } = described.get(name) ?? {};
          return {
            name: nameAsData(name),
            type,
            ...(notNull ? { not_null: true } : {}),
            ...(sensitive ? { hidden: sensitive } : {}),
            ...(identity ? { identity: true } : {}),
            ...(expression
              ? { [generated ? 'generated' : 'default']: maskedSql(expression).slice(0, 200) }
              : {}),
            ...(commented ? { has_comment: true } : {}),
          };
        }),
        keys: (more.constraints ?? [])
          .filter(({ type }) => type === 'p' || type === 'u')
          .map(({ type, columns }) => ({
            kind: type === 'p' ? 'primary key' : 'unique',
            columns: columns?.map((name) => nameAsData(name)),
          })),
        foreign_keys: (more.constraints ?? [])
          .filter(({ type }) => type === 'f')
          .map(({ columns, target, targetColumns }) => ({
            columns: columns?.map((name) => nameAsData(name)),
            references: relationName(target ?? ''),
            their_columns: targetColumns?.map((name) => nameAsData(name)),
          })),
        referenced_by: (more.referencedBy ?? []).map(({ relation: from, columns }) => ({
          table: relationName(from),
          columns: columns.map((name) => nameAsData(name)),
        })),
        checks: (more.constraints ?? [])
          .filter(({ type }) => type === 'c' || type === 'x')
          .map(({ definition }) => maskedSql(definition).slice(0, 300)),
        indexes: (more.indexes ?? []).map(({ name, definition, valid }) => ({
          name: nameAsData(name),
          on: maskedSql(definition.replace(/^.* USING /, '')).slice(0, 300),
          ...(valid ? {} : { valid: false }),
        })),
        ...(more.triggers > 0 ? { triggers: more.triggers } : {}),
        ...(more.definition === null ? {} : { query: maskedSql(more.definition).slice(0, 3_000) }),
      };
    });
    return { content: fitting(content) };
  },
};

interface Details {
  bytes: string;
  partitioned: string | null;
  partitions: number;
  commented: boolean;
  triggers: number;
  definition: string | null;
  columns:
    | { name: string; expression: string | null; generated: boolean; identity: boolean; commented: boolean }[]
    | null;
  constraints:
    | {
        type: string;
        columns: string[] | null;
        target: string | null;
        targetColumns: string[] | null;
        definition: string;
      }[]
    | null;
  referencedBy: { relation: string; columns: string[] }[] | null;
  indexes: { name: string; definition: string; valid: boolean }[] | null;
}

async function detailsOf(session: ReadSession, oid: string): Promise<Details> {
  const [row] = await session.query<Details>(
    `select case when c.relkind in ('r', 'm') then pg_total_relation_size(c.oid)
                 when c.relkind = 'p' then (select sum(pg_total_relation_size(t.relid)) from pg_partition_tree(c.oid) t where t.isleaf)
                 else 0 end as bytes,
       case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end as partitioned,
       (select count(*)::int from pg_inherits i where i.inhparent = c.oid) as partitions,
       obj_description(c.oid, 'pg_class') is not null as commented,
       (select count(*)::int from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal) as triggers,
       case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end as definition,
       (select jsonb_agg(jsonb_build_object('name', a.attname, 'expression', pg_get_expr(f.adbin, f.adrelid),
                 'generated', a.attgenerated <> '', 'identity', a.attidentity <> '',
                 'commented', col_description(c.oid, a.attnum) is not null) order by a.attnum)
          from pg_attribute a left join pg_attrdef f on f.adrelid = a.attrelid and f.adnum = a.attnum
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
       (select jsonb_agg(jsonb_build_object('type', k.contype, 'columns', ${namesOf('k.conrelid', 'k.conkey')},
                 'target', case when k.confrelid <> 0 then (select tn.nspname || '.' || t.relname from pg_class t
                    join pg_namespace tn on tn.oid = t.relnamespace where t.oid = k.confrelid) end,
                 'targetColumns', ${namesOf('k.confrelid', 'k.confkey')},
                 'definition', pg_get_constraintdef(k.oid)) order by k.contype <> 'p', k.conname)
          from pg_constraint k where k.conrelid = c.oid and k.contype in ('p', 'u', 'f', 'c', 'x')) as constraints,
       (select jsonb_agg(jsonb_build_object('relation', tn.nspname || '.' || t.relname,
                 'columns', ${namesOf('k.conrelid', 'k.conkey')}) order by tn.nspname, t.relname, k.conname)
          from pg_constraint k join pg_class t on t.oid = k.conrelid join pg_namespace tn on tn.oid = t.relnamespace
         where k.confrelid = c.oid and k.contype = 'f' and k.conparentid = 0) as "referencedBy",
       (select jsonb_agg(jsonb_build_object('name', x.relname, 'definition', pg_get_indexdef(i.indexrelid),
                 'valid', i.indisvalid) order by x.relname)
          from pg_index i join pg_class x on x.oid = i.indexrelid where i.indrelid = c.oid) as indexes
     from pg_class c where c.oid = $1::oid`,
    [oid],
  );
  return row!;
}
