import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client as TemporalClient, Connection, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import { Client as PgClient } from 'pg';
import { bundleFiles } from '../../activities/admit';
import type { AskParts } from '../../activities/ask/parts';
import type { Bundle, Log, Services } from '../../activities/services';
import { ownPolicy } from '../../governance/policy/own';
import { checkGoal } from '../../capabilities/document';
import { registry } from '../../capabilities/registry';
import { configSchema, type Config } from '../../schemas/config';
import type { RunRequest } from '../../schemas/life';
import type { Decision, ProposalView, RunDocument } from '../../schemas/run';
import { createServices } from '../../workers/services';
import { createWorker, type SluiceWorkerOptions } from '../../workers/worker';
import { testDatabase, type TestDatabase } from '../support/postgres';
import { testTemporal } from '../support/temporal';
import { workflowBundle } from '../workflows/scripted';

/** Everything real (PostgreSQL, Temporal, worker, capabilities), in the process of the test. */
export interface RealEngine {
  root: string;
  database: TestDatabase;
  storeUrl: string;
  client: TemporalClient;
  services: Services;
  taskQueue: string;
  admin: PgClient;
  log: string[];
  write(path: string, text: string): void;
  start(goal: object, over?: Partial<RunRequest>, by?: TemporalClient): Promise<WorkflowHandle>;
  /** Waits until the run is at its gate (or has ended), then approves what it proposes. */
  approve(handle: WorkflowHandle, by?: string): Promise<void>;
  status(handle: WorkflowHandle, wanted: RunDocument['status'][]): Promise<RunDocument>;
  /** How the run ended, whichever way. */
  outcome(handle: WorkflowHandle): Promise<RunDocument>;
  close(): Promise<void>;
}

export interface RealEngineOptions {
  config?: Partial<Config>;
  resolveSecret?: (reference: string) => Promise<string>;
  activityInterceptors?: SluiceWorkerOptions['activityInterceptors'];
  /** Roles and tools of asks; default: the product's. */
  ask?: AskParts;
  /** Measures calls of models. */
  meter?: Services['meter'];
  /** Of the worker, as far as models are concerned. */
  env?: NodeJS.ProcessEnv;
}

export async function realEngine(name: string, options: RealEngineOptions = {}): Promise<RealEngine> {
  const root = mkdtempSync(join(tmpdir(), `sluice-${name}-`));
  const [database, storeDatabase, { address, namespace }] = await Promise.all([
    testDatabase(name),
    testDatabase(`${name}_store`, { ledger: false }),
    testTemporal(),
  ]);
  const config = configSchema.parse(options.config ?? {});
  const lines: string[] = [];
  const login = (user: string) => ({ user, password: database.password });
  const services = await createServices({
    storeUrl: storeDatabase.url,
    local: {
      name: 'local',
      host: database.host,
      port: database.port,
      database: database.database,
      environment: 'dev',
      reader: login('sluice_reader'),
      writer: login('sluice_writer'),
      admin: login('postgres'),
      rehearsal: login('sluice_rehearsal'),
    },
    project: { config, root },
    ownPolicy: ownPolicy(undefined, root),
    resolveSecret: options.resolveSecret ?? (() => Promise.reject(new Error('no secrets in this test'))),
    log: recordingLog(lines),
    ...(options.ask ? { ask: options.ask } : {}),
    ...(options.meter ? { meter: options.meter } : {}),
    env: options.env ?? {},
  });
  const taskQueue = `real-${randomUUID()}`;
  const nativeConnection = await NativeConnection.connect({ address });
  const connection = await Connection.connect({ address });
  const client = new TemporalClient({ connection, namespace });
  const worker = await createWorker({
    connection: nativeConnection,
    namespace,
    taskQueue,
    services,
    workflowBundle: await workflowBundle(),
    activityInterceptors: options.activityInterceptors,
  });
  const running = worker.run();
  const admin = new PgClient({ connectionString: database.url });
  await admin.connect();

  const status: RealEngine['status'] = async (handle, wanted) => {
    for (const end = Date.now() + 60_000; ;) {
      const document = await handle.query<RunDocument>('status');
      if (wanted.includes(document.status)) return document;
      if (Date.now() > end || document.error)
        throw new Error(`waited for ${wanted.join('/')}: ${JSON.stringify(document)}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  };
  const engine: RealEngine = {
    root,
    database,
    storeUrl: storeDatabase.url,
    client,
    services,
    taskQueue,
    admin,
    log: lines,
    status,
    write(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    async start(document, over = {}, by = client) {
      const goal = checkGoal({ apiVersion: 'sluice/v1', ...document }, registry);
      const bundle: Bundle = { goal, config, root, files: await bundleFiles(goal, registry, root) };
      const runId = `${goal.goal}-${randomUUID().slice(0, 8)}`;
      const ref = await services.store.artifacts.putJson('bundle', bundle);
      const request: RunRequest = { sluice: 'run', runId, bundle: ref, mode: 'apply', by: 'ann', ...over };
      return by.workflow.start('goal', { taskQueue, workflowId: runId, args: [request] });
    },
    async approve(handle, by = 'ann') {
      const { digest, runId } = await status(handle, ['waiting']);
      const { gate } = await handle.query<ProposalView>('proposal');
      const says: Decision = {
        ...{ id: randomUUID(), verdict: 'approve', digest, by, via: 'cli', confirm: gate.confirm },
      };
      const subject = { by, verified: false, roles: [], method: 'os' as const };
      // As the product's client does: what comes without a ticket vouches for nothing.
      const ticket = await services.store.identity.tickets.write(runId, says, subject);
      await handle.executeUpdate('decide', { args: [{ ...says, ticket }] });
    },
    async outcome(handle) {
      try {
        return (await handle.result()) as RunDocument;
      } catch (cause) {
        for (let inner: unknown = cause; inner instanceof Error; inner = inner.cause) {
          if (inner instanceof ApplicationFailure) return inner.details![1] as RunDocument;
        }
        const [row] = await services.store.runs.find(handle.workflowId);
        if (row?.document) return row.document;
        throw cause;
      }
    },
    async close() {
      worker.shutdown();
      await running;
      await engine.admin.end();
      await connection.close();
      await nativeConnection.close();
      await services.close();
      await database.drop();
      await storeDatabase.drop();
      rmSync(root, { recursive: true, force: true });
    },
  };
  return engine;
}

function recordingLog(lines: string[]): Log {
  const line = (fields: object, message: string): void =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  return { debug: line, info: line, warn: line, error: line };
}
