import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { realEngine, type RealEngine } from './in-process';

jest.setTimeout(120_000);

const directory = mkdtempSync(join(tmpdir(), 'sluice-quota-'));

/** A file system of 40 MB, where the machine lets us make one (root on Linux). */
function mounted(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', directory], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const here = mounted();
const onSmallDisk = here ? it : it.skip;

describe('a load onto a disk that runs full', () => {
  let engine: RealEngine;
  let superuser: Client;
  const tablespace = `small_${process.pid}`;

  beforeAll(async () => {
    if (!here) return;
    engine = await realEngine('disk_full');
    superuser = new Client({ connectionString: engine.database.adminUrl.replace(/\/[^/]*$/, '/postgres') });
    await superuser.connect();
    const { rows } = await superuser.query<{ data_directory: string }>('show data_directory');
    const { uid, gid } = statSync(rows[0]!.data_directory);
    const location = join(directory, 'tables');
    chmodSync(directory, 0o755);
    mkdirSync(location);
    chownSync(location, uid, gid);
    await superuser.query(`create tablespace ${tablespace} location '${location}'`);
    await superuser.query(`grant create on tablespace ${tablespace} to public`);
    await engine.admin.end();
    await superuser.query(`select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1`, [
      engine.database.database,
    ]);
    await superuser.query(`alter database ${engine.database.database} set tablespace ${tablespace}`);
    engine.admin = new Client({ connectionString: engine.database.url });
    await engine.admin.connect();
  });
  afterAll(async () => {
    if (here) {
      await engine.close();
      await superuser.query(`drop tablespace if exists ${tablespace}`);
      await superuser.end();
      execFileSync('umount', ['-l', directory]);
    }
    rmSync(directory, { recursive: true, force: true });
  });

  onSmallDisk(
    'fails with its code, leaves nothing half done, and works again when there is room',
    async () => {
      const line = `${'x'.repeat(200)}\n`;
      engine.write('big.csv', `text\n${line.repeat(400_000)}`);
      const load = (file: string) => ({
        goal: 'big',
        steps: [{ id: 'load', ingest: { from: { files: file }, into: 'big.lines' } }],
      });
      const handle = await engine.start(load('big.csv'));
      await engine.approve(handle);
      expect(await engine.outcome(handle)).toMatchObject({
        status: 'rolled_back',
        error: { code: 'disk_full', step: 'load', next: expect.stringContaining('Free disk space') },
      });
      const { rows } = await engine.admin.query(
        `select to_regclass('big.lines')::text as there, (select count(*)::int from sluice.load) as loads`,
      );
      expect(rows).toEqual([{ there: null, loads: 0 }]);

      engine.write('small.csv', 'text\none\n');
      const again = await engine.start(load('small.csv'));
      await engine.approve(again);
      expect(await engine.outcome(again)).toMatchObject({
        status: 'succeeded',
        steps: [{ rows: { inserted: 1 } }],
      });
    },
  );
});
