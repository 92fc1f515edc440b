import { fork, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testTemporal } from '../../support/temporal';
import { workflowBundle } from '../scripted';
import type { AskBed } from './bed';

export interface WorkerSettings {
  storeUrl: string;
  host: string;
  port: number;
  database: string;
  password: string;
  address: string;
  namespace: string;
  taskQueue: string;
  codePath: string;
  apiKey: string;
  root: string;
}

const ROOT = join(__dirname, '../../..');

/** A worker process on a queue of its own, which is killed and started again. */
export class KillableWorker {
  private child?: ChildProcess;

  private constructor(private readonly settings: WorkerSettings) {}

  static async start(bed: AskBed, taskQueue: string): Promise<KillableWorker> {
    const { engine, api } = bed;
    const { address, namespace } = await testTemporal();
    const { code } = await workflowBundle();
    const codePath = join(engine.root, 'workflows.js');
    writeFileSync(codePath, code);
    const { host, port, database, password } = engine.database;
    const worker = new KillableWorker({
      ...{ storeUrl: engine.storeUrl, host, port, database, password, address, namespace },
      ...{ taskQueue, codePath, apiKey: api.apiKey, root: engine.root },
    });
    await worker.begin();
    return worker;
  }

  async begin(): Promise<void> {
    const child = fork(join(__dirname, 'worker.ts'), [JSON.stringify(this.settings)], {
      cwd: ROOT,
      execArgv: ['-r', join(ROOT, 'scripts/lib/typescript-hook.cjs')],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.child = child;
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)));
    });
  }

  /** SIGKILL, no warning. */
  async kill(): Promise<void> {
    const { child } = this;
    if (!child) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }
}
