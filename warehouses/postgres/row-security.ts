import type { ClientBase } from 'pg';
import { fail, SluiceError } from '../../schemas/errors';
import { quoteIdent } from '../../sql/quote';
import type { RoleAlias } from '../warehouse';
import { namedIn, quotedIn, serverSaid } from './refused-table';

interface Found {
  relation: string;
  quoted: string;
  owner: string;
  /** The session's role owns it: only FORCE ROW LEVEL SECURITY binds it. */
  mine: boolean;
  /** Policies apply to the session's role itself, and not only to the owner of a view or function that it reads through. */
  active: boolean;
  role: string;
}

/** The server's own function behind the refusal, which no translation of its messages changes. */
const REFUSED_BY = 'check_enable_rls';

/** Whether the server refused a statement because row security would have hidden rows from it (`row_security` is off). */
export function isHidden(error: unknown): boolean {
  const said = serverSaid(error)?.said;
  return said?.code === '42501' && said.routine === REFUSED_BY;
}

/**
 * Any other error as it is; one for {@link isHidden} as a problem that names the table, the role and the statement
 * that lets it read all rows. Looks into the catalogue, so `client` must not be inside a failed transaction.
 */
export async function withTable<E>(
  error: E,
  client: ClientBase,
  more: { roleAlias?: RoleAlias; source?: boolean } = {},
): Promise<E | SluiceError> {
  if (!isHidden(error)) return error;
  const found = await tableOf(error, client).catch(() => undefined);
  if (!found) return error;
  const { relation, quoted, owner, mine, role } = found;
  // In a shadow another role stands in for the one that writes live: what binds the one binds the other.
  const bound = found.active ? role : owner;
  const roles = [...new Set([live(bound, more.roleAlias), bound])];
  const bypass = roles.map((name) => `alter role ${quoteIdent(name)} bypassrls`).join('; ');
  const ways = [
    `As a superuser: ${bypass}`,
    ...(mine || !found.active ? [`as its owner: alter table ${quoted} no force row level security`] : []),
    ...(more.source ? ['load only the rows that it may see: from: { …, row_security: filtered }'] : []),
  ];
  return fail(
    'permission_denied',
    `Row security may hide rows of ${relation} from the role "${roles[0]!}"${found.active ? '' : ', as which a view or function reads it'}: a part would be taken for the whole.`,
    {
      next: `Let it read every row (no policy is enough for that). ${ways.join('; or ')}.`,
      place: relation,
      ...(error instanceof SluiceError && { state: error.problem.state, step: error.problem.step }),
      cause: error,
    },
  );
}

function live(role: string, alias: RoleAlias | undefined): string {
  return alias && role === alias.from ? alias.to : role;
}

/** Of several of that name, the one that the statement names, else the one whose policies bind this role. */
async function tableOf(error: unknown, client: ClientBase): Promise<Found | undefined> {
  const { said, statement } = serverSaid(error)!;
  const { rows } = await client.query<Found>({
    text: `select n.nspname || '.' || c.relname as relation, pg_catalog.format('%I.%I', n.nspname, c.relname) as quoted,
         pg_catalog.pg_get_userbyid(c.relowner)::text as owner, pg_catalog.pg_has_role(c.relowner, 'USAGE') as mine,
         pg_catalog.row_security_active(c.oid) as active, current_user::text as role
       from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relrowsecurity and c.relname = $1
      order by (${namedIn('$2')}) desc, active desc, c.oid limit 1`,
    values: [quotedIn(said.message), statement],
  });
  return rows[0];
}
