import type { ClientBase } from 'pg';
import type { SluiceError } from '../../schemas/errors';
import { fail } from '../../schemas/errors';
import { namedIn, quotedIn, serverSaid } from './refused-table';

interface Found {
  relation: string;
  quoted: string;
  publications: string[];
}

/** The server's own function behind the refusal. */
const REFUSED_BY = 'CheckCmdReplicaIdentity';

/**
 * Any other error as it is; that a published table has nothing to identify its rows by, as a problem that names table,
 * publications and the statement that helps. `client` must not be inside a failed transaction.
 */
export async function withPublication<E>(error: E, client: ClientBase): Promise<E | SluiceError> {
  const refused = serverSaid(error);
  if (refused?.said.routine !== REFUSED_BY) return error;
  const found = await publishedTable(refused, client).catch(() => undefined);
  if (!found) return error;
  const { relation, quoted, publications } = found;
  return fail(
    'target_mismatch',
    `${relation} is published (by ${publications.join(', ')}) and has no replica identity, so PostgreSQL lets nobody update or delete its rows.`,
    {
      next: `Give it one, as its owner: a primary key, or alter table ${quoted} replica identity full.`,
      place: relation,
      cause: error,
    },
  );
}

async function publishedTable(
  { said, statement }: NonNullable<ReturnType<typeof serverSaid>>,
  client: ClientBase,
): Promise<Found | undefined> {
  const { rows } = await client.query<Found>({
    text: `select t.schemaname || '.' || t.tablename as relation,
         pg_catalog.format('%I.%I', t.schemaname, t.tablename) as quoted,
         pg_catalog.array_agg(t.pubname::text order by t.pubname) as publications
       from pg_catalog.pg_publication_tables t join pg_catalog.pg_publication p on p.pubname = t.pubname
       join pg_catalog.pg_namespace n on n.nspname = t.schemaname
       join pg_catalog.pg_class c on c.relname = t.tablename and c.relnamespace = n.oid
      where t.tablename = $1 and (p.pubupdate or p.pubdelete) and c.relreplident in ('d', 'n')
        and not (c.relreplident = 'd' and exists (select from pg_catalog.pg_index i where i.indrelid = c.oid and i.indisprimary))
      group by 1, 2, n.nspname, c.relname order by (${namedIn('$2')}) desc, 1 limit 1`,
    values: [quotedIn(said.message), statement],
  });
  return rows[0];
}
