import { createHash } from 'node:crypto';
import type { QueryResult } from 'pg';
import { quoteIdent, quoteLiteral } from '../../sql/quote';
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
       ${LOSE_NOTHING};
       ${REPLICATION_ROLE};
       ${endOlder(options.endOlder ?? [])}`,
      work,
      { signal: options.signal, roleAlias: this.options.roleAlias, begun },
    );
  }

  async close(): Promise<void> {
    await Promise.all([this.readers.close(), this.writers.close()]);
  }
}

/** A backend whose client died stops within seconds instead of at its next message; not every server's system can. */
const NOTICE_LOST_CLIENT = `select pg_catalog.set_config('client_connection_check_interval', '5s', true)
  where pg_catalog.version() ~ '(linux|darwin|freebsd)'`;

/** What was committed is on disk, also where role or database are content with less: nothing is recorded that a crash takes. */
const LOSE_NOTHING = `select pg_catalog.set_config('synchronous_commit', 'on', true)
  where pg_catalog.current_setting('synchronous_commit') = 'off'`;

/** Only a superuser may set it, so it cannot be pinned as other settings are. */
const REPLICATION_ROLE = `select current_user::text as writer
  where pg_catalog.current_setting('session_replication_role') <> 'origin'`;

interface Begun {
  ended?: boolean;
  writer?: string;
}

function begun(results: readonly QueryResult<Begun>[]): void {
  assertEnded(results);
  const writer = results.flatMap(({ rows }) => rows).find((row) => row.writer !== undefined)?.writer;
  if (writer === undefined) return;
  throw fail(
    'target_mismatch',
    `The role "${writer}" would write with session_replication_role = replica: neither foreign keys nor triggers would act.`,
    {
      next: `As a superuser: alter role ${quoteIdent(writer)} reset session_replication_role (or alter database … reset …, wherever it is set).`,
    },
  );
}

/** In the transaction's own beginning, so that it costs nobody a round trip; almost always there is none. */
function endOlder(names: readonly string[]): string {
  if (names.length === 0) return '';
  const wanted = names.map((name) => quoteLiteral(applicationName(name))).join(', ');
  return `select pg_catalog.pg_terminate_backend(pid, ${END_TIMEOUT_MS}) as ended from pg_catalog.pg_stat_activity
    where application_name in (${wanted}) and usename = current_user and datname = current_database()
      and pid <> pg_catalog.pg_backend_pid()`;
}

function assertEnded(results: readonly QueryResult<Begun>[]): void {
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
