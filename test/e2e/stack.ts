import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Client } from 'pg';
import { homePaths } from '../../runtime/home';
import { knownClusterRoot } from '../../runtime/postgres/location';
import { postgresUrl } from '../../runtime/postgres/roles';
import { rolePasswords } from '../../runtime/secrets';
import { readStack, type StackState } from '../../runtime/stack-file';

/** Milliseconds; the longest a command may take here, with parts of the stack being killed under it. */
const COMMAND_MS = 150_000;

/** The built program itself: `bin/sluice` would build again when a source is edited while the tests run. */
const SLUICE = join(__dirname, '../../dist/client/cli/main.js');

export interface Outcome<Document = Record<string, unknown>> {
  code: number;
  stdout: string;
  stderr: string;
  /** stdout as the one JSON document it must be with `--json`. */
  json: Document;
}

/** A whole stack in a home of its own, driven through `bin/sluice` as a person would. */
export interface TestStack {
  directory: string;
  home: string;
  sluice<Document = Record<string, unknown>>(...args: string[]): Promise<Outcome<Document>>;
  state(): StackState;
  /** SIGKILL, no warning. False when that part is not running at the moment. */
  kill(part: 'worker' | 'temporal' | 'postgres'): boolean;
  /** A query on the warehouse as its owner, tried again while PostgreSQL is coming back. */
  query<R extends object>(sql: string, params?: unknown[]): Promise<R[]>;
  /** The same on Sluice's own store. */
  storeQuery<R extends object>(sql: string, params?: unknown[]): Promise<R[]>;
  close(): Promise<void>;
}

/** `extra`: environment of every command, and so of what `up` starts. */
export async function testStack(extra: NodeJS.ProcessEnv = {}): Promise<TestStack> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-e2e-'));
  const home = join(directory, '.sluice');
  const paths = homePaths(home);
  const sluice = async <Document>(...args: string[]): Promise<Outcome<Document>> => {
    const child = spawn(process.execPath, [SLUICE, ...args], {
      cwd: directory,
      env: { ...process.env, ...extra, SLUICE_HOME: home, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // A command that never ends is a fault; it must not keep the test run (and its report) from ending too.
    const overdue = setTimeout(() => {
      child.kill('SIGUSR2');
      setTimeout(() => child.kill('SIGKILL'), 1_000);
    }, COMMAND_MS);
    const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const code = await ended;
    clearTimeout(overdue);
    return {
      code,
      stdout,
      stderr,
      get json(): Document {
        try {
          return JSON.parse(stdout) as Document;
        } catch {
          throw new Error(`not one JSON document (exit ${code}):\n${stdout}\n${stderr}`);
        }
      },
    };
  };
  const state = (): StackState => {
    const read = readStack(paths);
    if (!read) throw new Error(`no stack in ${home}`);
    return read;
  };
  const up = await sluice('up', '--json');
  if (up.code !== 0) {
    rmSync(directory, { recursive: true, force: true });
    throw new Error(`the stack did not come up (exit ${up.code}):\n${up.stdout}\n${up.stderr}`);
  }
  const ask = async <R extends object>(
    role: 'sluice_writer' | 'sluice_store',
    database: string,
    sql: string,
    params: unknown[] = [],
  ): Promise<R[]> => {
    for (const end = Date.now() + 30_000; ;) {
      const url = postgresUrl(role, rolePasswords(paths)[role], state().postgres.port, database);
      const client = new Client({ connectionString: url });
      client.on('error', () => undefined);
      try {
        await client.connect();
        return (await client.query<R>(sql, params)).rows;
      } catch (cause) {
        // An answer of the server is an answer; only its absence is worth waiting for.
        const { code = '' } = cause as { code?: string };
        if (Date.now() > end || !/^(ECONN|57P|08)/.test(code)) throw cause;
        await new Promise((resolve) => setTimeout(resolve, 200));
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  };
  return {
    directory,
    home,
    sluice,
    state,
    kill(part) {
      const pid = state()[part].process?.pid;
      if (pid === undefined) return false;
      try {
        process.kill(pid, 'SIGKILL');
        return true;
      } catch {
        return false;
      }
    },
    query: (sql, params) => ask('sluice_writer', 'warehouse', sql, params),
    storeQuery: (sql, params) => ask('sluice_store', 'store', sql, params),
    async close() {
      await sluice('down');
      // Where our directory is closed to PostgreSQL's account, the data lies elsewhere.
      const elsewhere = knownClusterRoot(paths);
      if (elsewhere !== undefined) rmSync(elsewhere, { recursive: true, force: true });
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
