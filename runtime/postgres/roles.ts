import { type Client, escapeIdentifier, escapeLiteral } from 'pg';

/** The roles of the embedded PostgreSQL, and what each is for. */
export const ROLES = [
  'postgres',
  'sluice_writer',
  'sluice_reader',
  'sluice_rehearsal',
  'sluice_store',
] as const;
export type Role = (typeof ROLES)[number];
export type Passwords = Record<Role, string>;

const ATTRIBUTES: Record<Exclude<Role, 'postgres'>, string> = {
  // Owns the warehouse and writes to it. Makes databases, so that a shadow can be its own.
  sluice_writer: 'nosuperuser createdb nocreaterole noreplication nobypassrls inherit login',
  // Looks: proposing, profiling, sampling.
  sluice_reader: 'nosuperuser nocreatedb nocreaterole noreplication nobypassrls inherit login',
  // Owns what a rehearsal makes in a shadow. It can connect to no other database.
  sluice_rehearsal: 'nosuperuser nocreatedb nocreaterole noreplication nobypassrls inherit login',
  // Owns Sluice's own store.
  sluice_store: 'nosuperuser nocreatedb nocreaterole noreplication nobypassrls inherit login',
};

/**
 * Makes the roles, or brings them back to what they should be: attributes, memberships and passwords. Idempotent.
 * `client` is a superuser's, connected to any database.
 */
export async function ensureRoles(client: Client, passwords: Passwords): Promise<void> {
  const { rows } = await client.query<{ rolname: string }>('select rolname from pg_catalog.pg_roles');
  const known = new Set(rows.map((row) => row.rolname));
  for (const [role, attributes] of Object.entries(ATTRIBUTES) as [Exclude<Role, 'postgres'>, string][]) {
    const verb = known.has(role) ? 'alter' : 'create';
    // Whether a role reads past row security is the operator's to say, see docs/security: once made, it stays as it is.
    const kept = verb === 'create' ? attributes : attributes.replace(' nobypassrls', '');
    // DDL takes no parameters. The password is one we generated; it still goes through the driver's quoting.
    await client.query(
      `${verb} role ${escapeIdentifier(role)} ${kept} password ${escapeLiteral(passwords[role])}`,
    );
  }
  await client.query('grant pg_read_all_data to sluice_reader');
  // To say of whoever holds a lock that a change waits for what they do, and since when.
  await client.query('grant pg_read_all_stats to sluice_writer');
  await client.query('alter role sluice_reader set default_transaction_read_only = on');
  // A role that can connect anywhere could reach out of a shadow with dblink.
  await restrictConnect(client, 'postgres', []);
  await restrictConnect(client, 'template1', []);
}

/** Makes a database with an owner, or hands an existing one to it; only `connect` (and superusers) get in. Idempotent. */
export async function ensureDatabase(
  client: Client,
  database: string,
  owner: Role,
  connect: Role[],
): Promise<void> {
  const { rowCount } = await client.query('select from pg_catalog.pg_database where datname = $1', [
    database,
  ]);
  if (rowCount === 0)
    await client.query(`create database ${escapeIdentifier(database)} owner ${escapeIdentifier(owner)}`);
  else await client.query(`alter database ${escapeIdentifier(database)} owner to ${escapeIdentifier(owner)}`);
  await restrictConnect(client, database, connect);
}

export async function restrictConnect(client: Client, database: string, roles: Role[]): Promise<void> {
  const name = escapeIdentifier(database);
  await client.query(`revoke connect, temporary on database ${name} from public`);
  for (const role of roles)
    await client.query(`grant connect, temporary on database ${name} to ${escapeIdentifier(role)}`);
}

/** A URL that libpq, `pg` and every other driver reads. */
export function postgresUrl(role: Role, password: string, port: number, database: string): string {
  return `postgresql://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

/** Databases of the embedded cluster: the local warehouse, and the store of runs, artifacts and audit. */
export async function bootstrap(client: Client, passwords: Passwords): Promise<void> {
  await ensureRoles(client, passwords);
  await ensureDatabase(client, 'warehouse', 'sluice_writer', ['sluice_writer', 'sluice_reader']);
  await ensureDatabase(client, 'store', 'sluice_store', ['sluice_store']);
}
