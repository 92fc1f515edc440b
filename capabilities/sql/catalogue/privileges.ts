import { quoteIdent } from '../../../sql/quote';

/** One right in an ACL, as aclexplode shows it. `grantee` is empty for PUBLIC. */
export interface Right {
  grantee: string;
  grantor: string;
  privilege: string;
  grantable: boolean;
}

/** SQL for the rights in an ACL as a JSON array; NULL for an ACL that was never touched. */
export const rightsOf = (acl: string): string => `(case when ${acl} is null then null else coalesce((
    select jsonb_agg(jsonb_build_object(
      'grantee', case when x.grantee = 0 then '' else pg_get_userbyid(x.grantee)::text end,
      'grantor', pg_get_userbyid(x.grantor)::text,
      'privilege', x.privilege_type, 'grantable', x.is_grantable))
    from aclexplode(${acl}) x), '[]') end)`;

/**
 * Statements that give a newly made object the rights that an old one had. `on` is what GRANT takes after ON,
 * `columns` the quoted column for rights on one. Owner's rights are the default of a new object; they are taken away
 * only where the old one lacked some. Rights that somebody else than the owner granted come back as the owner's
 * (see {@link foreignGrants}).
 */
export function grantStatements(
  on: string,
  owner: string,
  rights: readonly Right[] | null,
  column?: string,
): string[] {
  if (rights === null) return [];
  const part = column === undefined ? '' : ` (${quoteIdent(column)})`;
  const statements: string[] = [];
  if (column === undefined) statements.push(`revoke all on ${on} from ${quoteIdent(owner)}`);
  for (const grantee of [...new Set(rights.map((right) => right.grantee))]) {
    for (const grantable of [false, true]) {
      const list = rights.filter((right) => right.grantee === grantee && right.grantable === grantable);
      if (list.length === 0) continue;
      const what = list
        .map((right) => `${right.privilege.toLowerCase()}${part}`)
        .sort()
        .join(', ');
      const to = grantee === '' ? 'public' : quoteIdent(grantee);
      statements.push(`grant ${what} on ${on} to ${to}${grantable ? ' with grant option' : ''}`);
    }
  }
  return statements;
}

/** Roles, other than the owner, that granted rights: theirs cannot be granted again in their name. */
export function foreignGrants(owner: string, rights: readonly Right[] | null): string[] {
  return [
    ...new Set((rights ?? []).map((right) => right.grantor).filter((grantor) => grantor !== owner)),
  ].sort();
}
