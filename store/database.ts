import { Kysely, PostgresDialect, type ColumnType, type Generated } from 'kysely';
import { Pool } from 'pg';
import type { Decision, RunDocument, RunStatus } from '../schemas/run';
import type { StandingGrant } from '../schemas/standing';
import type { Steering, SteeringAction } from '../schemas/steering';
import type { AskTables } from './asks/tables';
import type { ErasureTables } from './erasures';
import type { IdentityTables } from './identity/tables';
import type { KnowledgeTables } from './knowledge/tables';
import type { RecordTables } from './record-tables';
import type { ShadowTables } from './shadows';

/** The store's tables. Row values of a warehouse never come here, but for those by which rows are to be erased. */
export interface StoreTables
  extends AskTables, ErasureTables, IdentityTables, KnowledgeTables, RecordTables, ShadowTables {
  artifact: { hash: string; kind: string; body: Buffer; created_at: Generated<Date> };
  run: {
    run_id: string;
    goal: string;
    workflow_id: string;
    temporal_run_id: string;
    mode: string;
    status: RunStatus;
    started_by: string;
    bundle: string;
    digest: string | null;
    proposal: string | null;
    document: ColumnType<RunDocument | null, string | null, string | null>;
    started_at: Generated<Date>;
    updated_at: Generated<Date>;
    /** Of an undo: the run that it takes back. */
    undoes: ColumnType<string | null, string | null | undefined, never>;
  };
  steering: {
    id: string;
    run_id: string;
    action: SteeringAction;
    actor: string;
    via: Steering['via'];
    verified: boolean;
    method: string | null;
    identity: string | null;
    execution: string;
    terms: string;
    accepted: boolean;
    /** Why it was refused: an error code. */
    reason: string | null;
    at: Generated<Date>;
  };
  decision: {
    id: string;
    run_id: string;
    digest: string;
    verdict: Decision['verdict'];
    decided_by: string;
    via: Decision['via'];
    comment: string | null;
    accepted: boolean;
    /** Why it was refused: an error code. */
    reason: string | null;
    decided_at: Generated<Date>;
    /** Temporal's id of the execution it was put on the record by; null where a client did, or an older worker. */
    execution: string | null;
    terms: string | null;
    ticket: string | null;
    verified: boolean | null;
    roles: string[] | null;
    method: string | null;
    identity: string | null;
  };
  event: {
    seq: Generated<string>;
    run_id: string;
    event: string;
    actor: string;
    data: ColumnType<Record<string, unknown>, string, string>;
    at: Generated<Date>;
  };
  schedule: {
    goal: string;
    bundle: string;
    after: Generated<string[]>;
    paused: Generated<boolean>;
    registered_by: string;
    registered_at: Generated<Date>;
    files_seen: string | null;
    files_acted: string | null;
    files_runs: Generated<number>;
  };
  standing: {
    id: string;
    goal: string;
    run_id: string;
    digest: string;
    granted_by: string;
    verified: boolean;
    roles: string[];
    key: string;
    bounds: ColumnType<StandingGrant['bounds'], string, never>;
    structure: ColumnType<StandingGrant['structure'], string | null, string>;
    granted_at: Generated<Date>;
    expires_at: Date;
    revoked_at: Date | null;
    revoked_by: string | null;
  };
}

export type StoreDb = Kysely<StoreTables>;

/** Opens a pool on the store's database. `url` carries the password and is never logged. */
export function openStoreDb(url: string, max = 8): StoreDb {
  const pool = new Pool({
    connectionString: url,
    max,
    application_name: 'sluice/store',
    idleTimeoutMillis: 30_000,
  });
  // An idle connection that breaks (the server was killed) is the pool's to replace, not the process's to die of.
  pool.on('error', () => undefined);
  // Nor of one that is lent for long (the recorder's): its next query fails, which is enough.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new Kysely<StoreTables>({ dialect: new PostgresDialect({ pool }) });
}
