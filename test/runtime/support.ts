import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { homePaths } from '../../runtime/home';
import { knownClusterRoot } from '../../runtime/postgres/location';
import { isRunning } from '../../runtime/processes';
import { down } from '../../runtime/stack/down';
import { type StatusDocument, status } from '../../runtime/stack/status';
import { up } from '../../runtime/stack/up';
import { type PartName, readStack, type StackState } from '../../runtime/stack-file';
import { compiledRuntime } from '../support/compiled';
import { queryAt } from '../support/psql-url';

const STAND_IN = path.resolve(__dirname, '../support/stand-in-worker.cjs');

/** A home of its own, with a stack whose worker polls and does nothing else. */
export interface Stack {
  home: string;
  /** Parent of the home; where a configuration goes. */
  directory: string;
  up(say?: (line: string) => void): Promise<StackState>;
  down(): Promise<number>;
  status(): Promise<StatusDocument>;
  state(): StackState;
  /** Every process of the stack that is recorded and runs. */
  pids(): number[];
  /** SIGKILL; the pid that was killed. */
  kill(part: PartName | 'supervisor'): number;
  /** A query on the warehouse as its owner. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Stops it and removes the home with all its data. */
  remove(): Promise<void>;
}

export function stack({ mode = 0o755 } = {}): Stack {
  const directory = mkdtempSync(path.join(tmpdir(), 'sluice-stack-'));
  chmodSync(directory, mode);
  const home = path.join(directory, '.sluice');
  const paths = homePaths(home);
  const state = (): StackState => readStack(paths)!;
  const ref = (part: PartName | 'supervisor') =>
    part === 'supervisor' ? state().supervisor : state()[part].process;
  return {
    home,
    directory,
    state,
    up: (say) => {
      const supervisor = compiledRuntime('runtime/supervisor/main.js');
      return up({ home, cwd: directory, say, worker: STAND_IN, supervisor });
    },
    down: () => down({ home }),
    status: () => status(home),
    pids: () =>
      (['supervisor', 'postgres', 'temporal', 'worker'] as const)
        .map(ref)
        .filter(isRunning)
        .map(({ pid }) => pid),
    kill(part) {
      const { pid } = ref(part)!;
      process.kill(pid, 'SIGKILL');
      return pid;
    },
    async query(sql) {
      return queryAt<Record<string, unknown>>((await status(home)).postgres.url!, sql);
    },
    async remove() {
      await down({ home });
      const outside = knownClusterRoot(paths);
      rmSync(directory, { recursive: true, force: true });
      if (outside) rmSync(outside, { recursive: true, force: true });
    },
  };
}

export const temporaryDirectory = (): string => mkdtempSync(path.join(tmpdir(), 'sluice-runtime-'));

export async function eventually(what: () => boolean | Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  for (const end = Date.now() + timeoutMs; !(await what());) {
    if (Date.now() > end) throw new Error(`did not happen within ${timeoutMs} ms: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
