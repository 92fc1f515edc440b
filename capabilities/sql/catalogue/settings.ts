import { quoteIdent, quoteLiteral } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';
import { grantStatements, rightsOf, type Right } from './privileges';

/** What a table has as a whole, besides columns and what is attached to them. */
export interface TableSettings {
  rights: Right[] | null;
  /** `fillfactor=70`; those of its TOAST table as `toast.…`. */
  options: string[];
  comment: string | null;
  /** pg_class.relreplident. */
  replicaIdentity: string;
}

export async function tableSettings(session: ReadSession, oid: string): Promise<TableSettings> {
  const [row] = await session.query<TableSettings>(
    `select ${rightsOf('c.relacl')} as rights, obj_description(c.oid, 'pg_class') as comment,
            c.relreplident::text as "replicaIdentity",
            coalesce(c.reloptions, '{}') || array(select 'toast.' || option from pg_class t, unnest(t.reloptions) option
              where t.oid = c.reltoastrelid) as options
       from pg_class c where c.oid = $1::oid`,
    [oid],
  );
  return row!;
}

/** Statements for how rows are stored: to be run before there are any. */
export function storageSettings(table: string, { options }: TableSettings): string[] {
  if (options.length === 0) return [];
  const settings = options.map((option) => {
    const equals = option.indexOf('=');
    const name = option.slice(0, equals).split('.').map(quoteIdent).join('.');
    return `${name} = ${quoteLiteral(option.slice(equals + 1))}`;
  });
  return [`alter table ${table} set (${settings.join(', ')})`];
}

const REPLICA_IDENTITY: Record<string, string> = { f: 'full', n: 'nothing' };

/** Statements for the rest. A replica identity that is an index comes with the index. */
export function otherSettings(table: string, owner: string, settings: TableSettings): string[] {
  const { rights, comment, replicaIdentity } = settings;
  const identity = REPLICA_IDENTITY[replicaIdentity];
  return [
    ...grantStatements(`table ${table}`, owner, rights),
    ...(identity === undefined ? [] : [`alter table ${table} replica identity ${identity}`]),
    ...(comment === null ? [] : [`comment on table ${table} is ${quoteLiteral(comment)}`]),
  ];
}
