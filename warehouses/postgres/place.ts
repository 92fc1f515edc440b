import { createHash } from 'node:crypto';
import type { QueryResult } from 'pg';
import { quoteLiteral } from '../../sql/quote';
import { fail } from '../../schemas/errors';
import type { Place, ReadOptions, ReadSession, RoleAlias, WriteOptions, WriteSession } from '../warehouse';
import type { Connections } from './connections';
import { transaction } from './transaction';

const READ_TIMEOUT_MS = 30_000;
const LOCK_TIMEOUT_MS = 60_000;
const END_TIMEOUT_MS = 10_000;
/** PostgreSQL keeps this many bytes of an application_name and says nothing about the rest. */
const NAME_BYTES = 63;

export interface PlaceOptions {
  /** Runs before every transaction: brings the ledger up to date when that has not happened yet. */
  ready?: () => Promise<void>;
  roleAlias?: RoleAlias;
}

/** A database, read with one role and written with another. */
export class PostgresPlace implements Place {
  constructor(
    protected readonly readers: Connections,
    protected readonly writers: Connections,
    private readonly options: PlaceOptions = {},
  ) {}

  async read<T>(work: (session: ReadSession) => Promise<T>, options: ReadOptions = {}): Promise<T> {
    await this.options.ready?.();
    const timeout = options.statementTimeoutMs ?? READ_TIMEOUT_MS;
    return transaction(
      this.readers,
      // One snapshot for all that is looked at; a reader must not wait behind somebody's DDL for ever.
      `begin transaction isolation level repeatable read read only;
       set local statement_timeout = ${milliseconds(timeout)};
       set local lock_timeout = ${milliseconds(Math.min(timeout || READ_TIMEOUT_MS, READ_TIMEOUT_MS))}`,
      work,
      { signal: options.signal, roleAlias: this.options.roleAlias },
    );
  }

  async write<T>(work: (session: WriteSession) => Promise<T>, options: WriteOptions): Promise<T> {
    await this.options.ready?.();
    return transaction(
      this.writers,
      `begin transaction isolation level read committed read write;
       set local application_name = ${quoteLiteral(applicationName(options.applicationName))};
       set local statement_timeout = ${milliseconds(options.statementTimeoutMs ?? 0)};
       set local lock_timeout = ${milliseconds(options.lockTimeoutMs ?? LOCK_TIMEOUT_MS)};
       ${NOTICE_LOST_CLIENT};
       ${endOlder(options.endOlder ?? [])}`,
      work,
      { signal: options.signal, roleAlias: this.options.roleAlias, begun: assertEnded },
    );
  }

  async close(): Promise<void> {
    await Promise.all([this.readers.close(), this.writers.close()]);
  }
}

/** A backend whose client died stops within seconds instead of at its next message; not every server's system can. */
const NOTICE_LOST_CLIENT = `select pg_catalog.set_config('client_connection_check_interval', '5s', true)
  where pg_catalog.version() ~ '(linux|darwin|freebsd)'`;

/** In the transaction's own beginning, so that it costs nobody a round trip; almost always there is none. */
function endOlder(names: readonly string[]): string {
  if (names.length === 0) return '';
  const wanted = names.map((name) => quoteLiteral(applicationName(name))).join(', ');
  return `select pg_catalog.pg_terminate_backend(pid, ${END_TIMEOUT_MS}) as ended from pg_catalog.pg_stat_activity
    where application_name in (${wanted}) and usename = current_user and datname = current_database()
      and pid <> pg_catalog.pg_backend_pid()`;
}

function assertEnded(results: readonly QueryResult<{ ended?: boolean }>[]): void {
  if (!results.some(({ rows }) => rows.some((row) => row.ended === false))) return;
  throw fail('lock_timeout', 'An older attempt of the same change has not ended.', {
    next: 'Try again; if it stays, look at pg_stat_activity for its application_name.',
  });
}

function milliseconds(value: number): string {
  if (!Number.isInteger(value) || value < 0) throw new RangeError(`not a number of milliseconds: ${value}`);
  return `'${value}ms'`;
}

/** A name that fits: a longer one keeps its beginning and ends in a hash of the whole. */
export function applicationName(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]/g, '?');
  if (plain === name && name.length <= NAME_BYTES) return name;
  return `${plain.slice(0, NAME_BYTES - 17)}#${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
}
