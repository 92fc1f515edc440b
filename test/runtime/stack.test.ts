import { Client, Connection } from '@temporalio/client';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { homePaths } from '../../runtime/home';
import { serverAccount } from '../../runtime/postgres/account';
import { rolePasswords } from '../../runtime/secrets';
import { queryAt } from '../support/psql-url';
import { eventually, type Stack, stack } from './support';

/** Processes of this home by command line or working directory, recorded or not. */
function processesOf({ home, state }: Stack): string[] {
  const { root } = state().postgres;
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        const directory = readlinkSync(`/proc/${pid}/cwd`);
        return [home, root].some(
          (mine) =>
            command.includes(`${mine}/`) || command.includes(`${mine}\0`) || directory.startsWith(mine),
        );
      } catch {
        return false; // ended just now
      }
    });
}

describe('one stack', () => {
  const one = stack();
  afterAll(() => one.remove());

  it('comes up with every part serving', async () => {
    const said: string[] = [];
    await one.up((line) => said.push(line));
    const found = await one.status();
    expect(found).toMatchObject({ ok: true, problems: [], home: one.home });
    expect(found.temporal).toMatchObject({
      namespace: 'default',
      ui: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    });
    expect(await (await fetch(found.temporal.ui!)).text()).toContain('<html');
    expect(said).toEqual(expect.arrayContaining(['PostgreSQL is up', 'Temporal is up', 'the worker is up']));
    expect(await one.query('select current_user as me, current_database() as here')).toEqual([
      { me: 'sluice_writer', here: 'warehouse' },
    ]);
    const look = 'select current_user as me';
    expect(await queryAt(found.postgres.readUrl!, look)).toEqual([{ me: 'sluice_reader' }]);
  });

  it('says how to open the warehouse without printing a password', async () => {
    const printed = JSON.stringify(await one.status());
    for (const password of Object.values(rolePasswords(homePaths(one.home))))
      expect(printed).not.toContain(password);
  });

  it('is left as it is by another up, also by several at once', async () => {
    const before = one.pids();
    await Promise.all([one.up(), one.up(), one.up()]);
    expect(one.pids()).toEqual(before);
    expect(before).toHaveLength(4);
  });

  it('comes back by itself, with all its data, when PostgreSQL, Temporal or the worker is killed', async () => {
    await one.query('create table kept as select 42 as answer');
    const { address, namespace } = one.state().temporal;
    const connection = await Connection.connect({ address });
    const client = new Client({ connection, namespace });
    await client.workflow.start('goal', { taskQueue: 'nobody-polls-this', workflowId: 'kept', args: [] });
    await connection.close();

    for (const part of ['postgres', 'temporal', 'worker'] as const) {
      const killed = one.kill(part);
      await eventually(() => one.state()[part].ready && one.state()[part].process?.pid !== killed);
    }

    expect(await one.status()).toMatchObject({ ok: true });
    expect(await one.query('select answer from kept')).toEqual([{ answer: 42 }]);
    const again = await Connection.connect({ address: one.state().temporal.address });
    const { status } = await new Client({ connection: again, namespace }).workflow
      .getHandle('kept')
      .describe();
    const known = await again.operatorService.listSearchAttributes({ namespace });
    await again.close();
    expect(status.name).toBe('RUNNING');
    expect(Object.keys(known.customAttributes ?? {})).toEqual(
      expect.arrayContaining(['SluiceGoal', 'SluiceStatus']),
    );
  });

  it('goes on serving without its supervisor, and the next up takes it over as it is', async () => {
    const [, ...parts] = one.pids();
    one.kill('supervisor');
    await eventually(() => one.pids().length === 3);
    const found = await one.status();
    expect(found).toMatchObject({ ok: true, supervisor: { pid: null } });
    expect(found.problems).toEqual([expect.stringContaining('supervisor is not running')]);

    await one.up();
    const [supervisor, ...after] = one.pids();
    expect(supervisor).toBeGreaterThan(0);
    expect(after).toEqual(parts);
  });

  it('comes back when everything was killed and its number has been given to another process', async () => {
    for (const part of ['supervisor', 'worker', 'temporal', 'postgres'] as const) one.kill(part);
    await eventually(() => processesOf(one).length === 0);
    // A process of PostgreSQL's own account has the number now: PostgreSQL by itself would refuse to start.
    const stranger = spawn('sleep', ['60'], { uid: serverAccount()?.uid, stdio: 'ignore', cwd: '/' });
    const pidFile = path.join(one.state().postgres.root, 'data', 'postmaster.pid');
    writeFileSync(pidFile, readFileSync(pidFile, 'utf8').replace(/^\d+/, String(stranger.pid)));
    try {
      await one.up();
      expect(await one.query('select answer from kept')).toEqual([{ answer: 42 }]);
      expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    } finally {
      stranger.kill('SIGKILL');
    }
  });

  it('goes down and leaves no process', async () => {
    expect(await one.down()).toBe(4);
    expect(processesOf(one)).toEqual([]);
    expect(await one.status()).toMatchObject({ ok: false, postgres: { pid: null }, worker: { pid: null } });
    expect(await one.down()).toBe(0);
  });

  it('sets a new password when the old one was lost, and keeps the data', async () => {
    rmSync(path.join(one.home, 'secrets'), { recursive: true });
    await one.up();
    expect(await one.query('select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('goes down without its supervisor, too', async () => {
    one.kill('supervisor');
    await one.down();
    expect(processesOf(one)).toEqual([]);
  });
});

describe('two stacks', () => {
  const [left, right] = [stack({ mode: 0o700 }), stack()];
  afterAll(() => Promise.all([left.remove(), right.remove()]));

  it('run side by side, started at the same time, each with its own data', async () => {
    await Promise.all([left.up(), right.up()]);
    await left.query('create table mine as select 1 as n');
    await expect(right.query('select from mine')).rejects.toThrow(/does not exist/);
    const ports = [left, right]
      .map((each) => each.state())
      .flatMap(({ postgres, temporal }) => [postgres.port, temporal.port, temporal.uiPort]);
    expect(new Set(ports).size).toBe(6);
    await left.down();
    expect(await right.status()).toMatchObject({ ok: true });
  });

  it('keep their data in the home, or where the account of PostgreSQL can reach it', () => {
    const { root } = left.state().postgres;
    // Only root hands PostgreSQL to another account, which a directory of mode 0700 then keeps out.
    if (process.getuid?.() === 0) expect(root).toMatch(/^\/var\/lib\/sluice\/[0-9a-f]{16}$/);
    else expect(root).toBe(path.join(left.home, 'postgres'));
    expect(right.state().postgres.root).toBe(path.join(right.home, 'postgres'));
  });

  it('end by themselves when their home is removed', async () => {
    const pids = right.pids();
    expect(pids).toHaveLength(4);
    rmSync(right.home, { recursive: true, force: true });
    await eventually(() => pids.every((pid) => !isAlive(pid)));
  });
});

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a stack that cannot start', () => {
  it('says which configured port is in use, and leaves nothing running', async () => {
    const mine = stack();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    writeFileSync(path.join(mine.directory, 'sluice.config.yaml'), `stack:\n  postgresPort: ${port}\n`);
    try {
      await expect(mine.up()).rejects.toMatchObject({
        problem: {
          code: 'port_in_use',
          message: expect.stringContaining(`Port ${port}`),
          next: expect.stringContaining('stack.postgresPort'),
        },
      });
      expect(processesOf(mine)).toEqual([]);
    } finally {
      server.close();
      await mine.remove();
    }
  });
});
