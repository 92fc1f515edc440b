import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { difference, prepareReference, runUnderFire } from '../e2e/kills';
import { seeded, seedOf } from '../e2e/random';
import { testStack, type TestStack } from '../e2e/stack';
import { ensureTemporalCluster } from '../../runtime/temporal/cluster/install';
import type { RunDocument } from '../../schemas/run';

const ROUNDS = Number(process.env.SLUICE_CLUSTER_ROUNDS ?? 4);
const ROOT = path.resolve(__dirname, '../..');
const NOTHING = { surplus: 0, doubled: 0, strange: 0, lost: 0, model: 0 };

jest.setTimeout(40 * 60_000);

interface Status {
  ok: boolean;
  cluster: boolean;
  workers: { pid: number | null }[];
}
interface Deployment {
  current: string;
  versions: { build: string; status: string }[];
}

describe('a Temporal server on PostgreSQL with three workers', () => {
  let stack: TestStack;
  let expected: number;
  let old: { directory: string; worker?: ChildProcess } | undefined;

  beforeAll(async () => {
    // Building it takes longer than a command may.
    await ensureTemporalCluster((line) => console.info(line));
    stack = await testStack();
    const up = await stack.sluice<Status>('up', '--cluster', '--json');
    expect(up.json).toMatchObject({ ok: true, cluster: true });
    expect(up.json.workers).toHaveLength(3);
    expected = await prepareReference(stack, 4);
  });
  afterAll(async () => {
    old?.worker?.kill('SIGKILL');
    if (old) rmSync(old.directory, { recursive: true, force: true });
    await stack?.close();
  });

  it('loads every row once while the server, PostgreSQL and workers are killed', async () => {
    const seed = seedOf();
    console.info(`SLUICE_SEED=${seed}`);
    const random = seeded(seed);
    for (let round = 0; round < ROUNDS; round += 1) {
      const name = `cluster${round}`;
      const running = runUnderFire(stack, name, 1 + Math.floor(random() * 3), random);
      killOne(stack, random);
      const { document } = await running;
      expect(await difference(stack, name, expected)).toEqual(NOTHING);
      const undone = await stack.sluice('undo', document.runId, '--json');
      expect({ code: undone.code, status: undone.json.status }).toEqual({ code: 0, status: 'undone' });
    }
    const after = await stack.sluice<Status>('up', '--json');
    expect(after.json.workers.every(({ pid }) => pid !== null)).toBe(true);
  });

  it('is upgraded from the previous commit under load: runs that wait survive, loads end once', async () => {
    old = { directory: previousBuild() };
    old.worker = spawn(process.execPath, [path.join(old.directory, 'dist/workers/main.js')], {
      env: {
        ...process.env,
        SLUICE_HOME: stack.home,
        SLUICE_DEPLOYMENT: 'sluice',
        SLUICE_BUILD_ID: 'previous',
      },
      cwd: stack.directory,
      stdio: 'ignore',
    });
    const { current } = (await stack.sluice<Deployment>('deploy', 'list', '--json')).json;
    const down = await stack.sluice('deploy', 'set-current', 'previous', '--json');
    expect(down.json).toMatchObject({ current: 'previous' });

    const waiting = await stack.sluice<RunDocument>('apply', waits(stack.directory), '--json');
    expect({ code: waiting.code, status: waiting.json.status }).toEqual({ code: 3, status: 'waiting' });
    const load = runUnderFire(stack, 'upgraded', 0, Math.random);
    await new Promise((resolve) => setTimeout(resolve, 1_500));

    const up = await stack.sluice<Deployment>('deploy', 'set-current', current, '--json');
    expect(up.json).toMatchObject({ current });
    const stopped = new Promise((resolve) => old!.worker!.once('exit', resolve));
    old.worker.kill('SIGTERM');
    await stopped;

    expect((await load).document.status).toBe('succeeded');
    expect(await difference(stack, 'upgraded', expected)).toEqual(NOTHING);
    const { runId, digest } = waiting.json;
    const approved = await stack.sluice<RunDocument>('approve', runId, '--digest', digest, '--json');
    expect({ code: approved.code, status: approved.json.status }).toEqual({ code: 0, status: 'succeeded' });
    const undone = await stack.sluice('undo', runId, '--json');
    expect(undone.json.status).toBe('undone');
  });

  it('goes down and leaves no process', async () => {
    expect((await stack.sluice('down', '--json')).code).toBe(0);
    expect((await stack.sluice<Status>('status', '--json')).json).toMatchObject({
      ok: false,
      workers: [{ pid: null }, { pid: null }, { pid: null }],
    });
  });
});

/** One of the workers besides the first, which `runUnderFire` kills by itself. */
function killOne(stack: TestStack, random: () => number): void {
  const others = (stack.state().moreWorkers ?? []).flatMap(({ process: ref }) => (ref ? [ref.pid] : []));
  const pid = others[Math.floor(random() * others.length)];
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // It is coming back from the last time.
  }
}

function waits(directory: string): string {
  const file = path.join(directory, 'waits.yaml');
  writeFileSync(
    file,
    `apiVersion: sluice/v1
goal: waits
steps:
  - id: make
    sql: { statements: 'create schema waits; create table waits.here (id int)' }
`,
  );
  return file;
}

/** The commit before this one (or SLUICE_PREVIOUS), built in a directory of its own with the same dependencies. */
function previousBuild(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'sluice-previous-'));
  mkdirSync(directory, { recursive: true });
  const archive = execFileSync('git', ['archive', process.env.SLUICE_PREVIOUS ?? 'HEAD^'], {
    cwd: ROOT,
    maxBuffer: 200 * 1024 * 1024,
  });
  execFileSync('tar', ['-x', '-C', directory], { input: archive });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(directory, 'node_modules'));
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: directory, stdio: 'inherit' });
  return directory;
}
