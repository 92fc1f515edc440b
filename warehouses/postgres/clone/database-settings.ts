import type { ClientBase } from 'pg';
import { quoteIdent, quoteLiteral } from '../../../sql/quote';
import type { ReadSession } from '../../warehouse';
import { copyRole } from './reader';

/** `ALTER DATABASE … SET name`, or with a role `ALTER ROLE … IN DATABASE … SET name`. A template does not hand them on. */
export interface DatabaseSetting {
  /** Quoted. */
  role: string | null;
  name: string;
  /** As the catalogue has it: of a list, each item quoted (or not, if whoever set it knew how to). */
  value: string;
}

const SETTINGS_SQL = `
  select case when s.setrole <> 0 then ${copyRole('s.setrole')} end as role, split_part(setting, '=', 1) as name,
    substr(setting, strpos(setting, '=') + 1) as value
  from pg_db_role_setting s, unnest(s.setconfig) with ordinality as settings (setting, n)
  where s.setdatabase = (select oid from pg_database where datname = current_database()) order by s.setrole, n`;

/** `roles`: see `definition.ts`. */
export function readDatabaseSettings(
  session: ReadSession,
  roles: readonly [string, string],
): Promise<DatabaseSetting[]> {
  return session.query<DatabaseSetting>(`with roles as (select $1::name, $2::name) ${SETTINGS_SQL}`, roles);
}

/**
 * Gives a database the settings. Each is set in the session and taken over from there, in one transaction: so a value
 * is never SQL text, which of a list it would have to be, and which whoever set it may have meant it to be. What the
 * server refuses is left out: the fingerprint tells.
 */
export async function applyDatabaseSettings(
  client: ClientBase,
  database: string,
  settings: readonly DatabaseSetting[],
): Promise<void> {
  for (const { role, name, value } of settings) {
    const of =
      role === null ? `database ${quoteIdent(database)}` : `role ${role} in database ${quoteIdent(database)}`;
    const statements = [
      `select pg_catalog.set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, false)`,
      `alter ${of} set ${quoteIdent(name)} from current`,
      `reset ${quoteIdent(name)}`,
    ];
    await client.query(statements.join(';\n')).catch(() => undefined);
  }
}
