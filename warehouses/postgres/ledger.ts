import type { ClientBase } from 'pg';
import { fail } from '../../schemas/errors';
import { quoteIdent } from '../../sql/quote';
import { LEDGER_MIGRATIONS, LEDGER_SCHEMA } from '../ledger.sql';

/** Any fixed number: who migrates the ledger of a database holds this advisory lock of it. */
const MIGRATION_LOCK = 5_120_001;
/** What a reader may see. Not the quarantine: it holds values of rows; nor the hashes of erased keys. */
const READABLE = ['migration', 'change', 'load', 'load_file', 'kept', 'swept', 'erased_rows'];

/**
 * Brings Sluice's own schema in a database to the version of this code, as the role that will write (and owns it).
 * Idempotent, and safe while others do the same. Returns the version.
 * @throws `target_mismatch` when a newer Sluice was here before.
 */
export async function migrateLedger(client: ClientBase, reader = 'sluice_reader'): Promise<number> {
  const latest = LEDGER_MIGRATIONS.length;
  // While an upgrade rolls, one version more is no obstacle: migrations only add.
  const found = await ledgerVersion(client);
  if (found === latest || found === latest + 1) return latest;
  await client.query('begin');
  try {
    await client.query('select pg_catalog.pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    const version = await ledgerVersion(client);
    if (version > latest + 1) throw newerLedger(version);
    if (version === 0) {
      await client.query(`create schema if not exists ${LEDGER_SCHEMA};
        create table ${LEDGER_SCHEMA}.migration (
          version integer primary key, applied_at timestamptz not null default pg_catalog.clock_timestamp())`);
      await letNobodyIn(client);
    }
    for (let next = version; next < latest; next += 1) {
      await client.query(LEDGER_MIGRATIONS[next]!);
      await client.query(`insert into ${LEDGER_SCHEMA}.migration (version) values ($1)`, [next + 1]);
    }
    await grantTo(client, reader);
    await client.query('commit');
    return latest;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** 0: there is no ledger yet. */
async function ledgerVersion(client: ClientBase): Promise<number> {
  // Not to_regclass: it may still believe what it found before we waited for the lock.
  const there = await client.query(
    `select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = '${LEDGER_SCHEMA}' and c.relname = 'migration'`,
  );
  if (there.rowCount === 0) return 0;
  const { rows } = await client.query<{ version: number }>(
    `select coalesce(max(version), 0)::int as version from ${LEDGER_SCHEMA}.migration`,
  );
  return rows[0]?.version ?? 0;
}

/** Default privileges let roles into every new schema: not into this one, which holds rows that not everybody may see. */
async function letNobodyIn(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ grantee: string | null }>(
    `select distinct r.rolname::text as grantee
       from pg_catalog.pg_namespace n cross join lateral pg_catalog.aclexplode(n.nspacl) a
       left join pg_catalog.pg_roles r on r.oid = a.grantee
      where n.nspname = '${LEDGER_SCHEMA}' and a.grantee <> n.nspowner`,
  );
  for (const { grantee } of rows)
    await client.query(
      `revoke all on schema ${LEDGER_SCHEMA} from ${grantee === null ? 'public' : quoteIdent(grantee)}`,
    );
}

async function grantTo(client: ClientBase, reader: string): Promise<void> {
  const known = await client.query('select from pg_catalog.pg_roles where rolname = $1', [reader]);
  if (known.rowCount === 0) return;
  const tables = READABLE.map((table) => `${LEDGER_SCHEMA}.${table}`).join(', ');
  await client.query(`grant usage on schema ${LEDGER_SCHEMA} to ${quoteIdent(reader)};
    grant select on ${tables} to ${quoteIdent(reader)}`);
}

function newerLedger(version: number): Error {
  return fail(
    'target_mismatch',
    `The ledger in this warehouse has version ${version}, newer than this Sluice knows.`,
    {
      next: 'Use the Sluice that made it, or a newer one.',
      place: LEDGER_SCHEMA,
    },
  );
}
