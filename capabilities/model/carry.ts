import type { RelationName } from '../../schemas/change';
import { quoteIdent, quoteLiteral, quoteRelation } from '../../sql/quote';
import { identifyRows } from '../../warehouses/ledger.sql';
import type { ReadSession, WriteSession } from '../../warehouses/warehouse';

interface Right {
  /** `null`: PUBLIC. */
  grantee: string | null;
  privilege: string;
  grantable: boolean;
}

/** What belongs to a relation's name rather than to its content. */
interface Dress {
  owner: string;
  /** `null`: never touched, the owner's default. */
  rights: Right[] | null;
  /** `fillfactor=70`. */
  options: string[];
  relkind: string;
  /** Whole rows are its replica identity. */
  identified: boolean;
  comment: string | null;
  columns: { name: string; comment: string | null; rights: Right[] }[];
}

/**
 * Dresses a new relation like the one it takes the place of: owner, grants on it and its columns, options, comments.
 * What was said of a column that is no longer there is dropped.
 */
export async function carryOver(
  session: WriteSession,
  from: { oid: string },
  to: { oid: string; name: RelationName },
): Promise<void> {
  const [old, now] = [await dressOf(session, from.oid), await dressOf(session, to.oid)];
  for (const statement of dressing(old, now, to.name)) await session.execute(statement);
}

/** The statements that make `now` look like `old`. */
export function dressing(old: Dress, now: Dress, name: RelationName): string[] {
  const relation = quoteRelation(name);
  const statements: string[] = [];
  if (old.owner !== now.owner) statements.push(`alter table ${relation} owner to ${quoteIdent(old.owner)}`);
  const grantees = new Set((now.rights ?? []).map((right) => right.grantee));
  if (old.rights) grantees.add(old.owner);
  for (const grantee of grantees) statements.push(`revoke all on ${relation} from ${roleName(grantee)}`);
  for (const right of old.rights ?? []) statements.push(grant(right, '', relation));
  if (old.options.length > 0 && old.relkind === now.relkind) {
    const settings = old.options.map((option) => {
      const equals = option.indexOf('=');
      return `${quoteIdent(option.slice(0, equals))} = ${quoteLiteral(option.slice(equals + 1))}`;
    });
    statements.push(`alter ${kindOf(now)} ${relation} set (${settings.join(', ')})`);
  }
  if (now.relkind === 'r' && (old.relkind !== 'r' || old.identified)) statements.push(identifyRows(relation));
  if (old.comment !== null) {
    statements.push(`comment on ${kindOf(now)} ${relation} is ${quoteLiteral(old.comment)}`);
  }
  const columns = new Set(now.columns.map((column) => column.name));
  for (const column of old.columns.filter(({ name: column }) => columns.has(column))) {
    for (const right of column.rights)
      statements.push(grant(right, ` (${quoteIdent(column.name)})`, relation));
    if (column.comment === null) continue;
    statements.push(
      `comment on column ${relation}.${quoteIdent(column.name)} is ${quoteLiteral(column.comment)}`,
    );
  }
  return statements;
}

function grant({ grantee, privilege, grantable }: Right, column: string, relation: string): string {
  const option = grantable ? ' with grant option' : '';
  return `grant ${privilege}${column} on ${relation} to ${roleName(grantee)}${option}`;
}

function roleName(grantee: string | null): string {
  return grantee === null ? 'public' : quoteIdent(grantee);
}

function kindOf({ relkind }: Pick<Dress, 'relkind'>): 'view' | 'table' {
  return relkind === 'v' ? 'view' : 'table';
}

const RIGHTS = `jsonb_agg(jsonb_build_object('grantee', case g.grantee when 0 then null else pg_get_userbyid(g.grantee) end,
  'privilege', g.privilege_type, 'grantable', g.is_grantable) order by g.grantee, g.privilege_type)`;

async function dressOf(session: ReadSession, oid: string): Promise<Dress> {
  const [row] = await session.query<Dress>(
    `select pg_get_userbyid(c.relowner) as owner, c.relkind::text as relkind, c.relreplident = 'f' as identified,
            coalesce(c.reloptions, '{}') as options, obj_description(c.oid, 'pg_class') as comment,
            case when c.relacl is not null then (select coalesce(${RIGHTS}, '[]') from aclexplode(c.relacl) g) end as rights,
            (select coalesce(jsonb_agg(jsonb_build_object('name', a.attname,
                      'comment', col_description(c.oid, a.attnum),
                      'rights', (select coalesce(${RIGHTS}, '[]') from aclexplode(a.attacl) g)) order by a.attnum), '[]')
               from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
       from pg_class c where c.oid = $1::oid`,
    [oid],
  );
  return row!;
}
