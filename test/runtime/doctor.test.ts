import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { doctorCommand } from '../../client/cli/commands/doctor';
import { statusCommand } from '../../client/cli/commands/status';
import type { Diagnosis } from '../../runtime/doctor/check';
import { stack } from './support';

describe('doctor', () => {
  const mine = stack();
  const options = { home: mine.home, cwd: mine.directory };
  const check = async (name: string): Promise<Diagnosis> => {
    const { document } = await doctorCommand(options);
    return document.checks.find((each) => each.name === name)!;
  };
  afterAll(() => mine.remove());

  it('says of a stack that was never started how to start it, and exits with 6', async () => {
    const { document, exitCode, text } = await doctorCommand(options);
    expect({ ok: document.ok, exitCode }).toEqual({ ok: false, exitCode: 6 });
    expect(document.checks.find(({ name }) => name === 'postgres')).toMatchObject({
      status: 'failed',
      mend: 'sluice up',
    });
    expect(text).toContain('sluice up');
    expect(await statusCommand(options)).toMatchObject({ exitCode: 6, document: { ok: false } });
  });

  it('finds nothing wrong with one that runs', async () => {
    await mine.up();
    const { document, exitCode } = await doctorCommand(options);
    expect(document.checks.filter(({ status }) => status === 'failed')).toEqual([]);
    expect({ ok: document.ok, exitCode }).toEqual({ ok: true, exitCode: 0 });
    // The worker of these stacks is a stand-in, which makes no tables in the store: of runs there is nothing to say.
    expect(await statusCommand(options)).toMatchObject({ exitCode: 0, document: { ok: true, runs: null } });
  });

  it('says what ask would work with, and that nothing else needs a key', async () => {
    expect(await check('model')).toMatchObject({ status: 'ok', found: expect.stringContaining('no key') });
    const file = path.join(mine.home, 'secrets', 'ANTHROPIC_API_KEY');
    writeFileSync(file, 'planted-key', { mode: 0o600 });
    const found = await check('model');
    expect(found).toMatchObject({
      status: 'ok',
      found: expect.stringMatching(/claude-opus-5-5 and .* at https:.*, key from secret:/),
    });
    expect(JSON.stringify(found)).not.toContain('planted-key');
    rmSync(file);
  });

  it('finds secrets that others can read', async () => {
    const file = path.join(mine.home, 'secrets', 'sluice_writer');
    chmodSync(file, 0o644);
    expect(await check('secrets')).toMatchObject({
      status: 'failed',
      code: 'permission_denied',
      found: expect.stringContaining('mode 644'),
      mend: expect.stringContaining('chmod'),
    });
    chmodSync(file, 0o600);
    expect(await check('secrets')).toMatchObject({ status: 'ok' });
  });

  it('finds a wrong password', async () => {
    const file = path.join(mine.home, 'secrets', 'sluice_reader');
    writeFileSync(file, 'wrong');
    expect(await check('ledger')).toMatchObject({ status: 'failed', code: 'authentication_failed' });
  });

  it('finds a part that runs but does not answer', async () => {
    const { pid } = mine.state().temporal.process!;
    process.kill(pid, 'SIGSTOP');
    try {
      expect(await check('temporal')).toMatchObject({
        status: 'failed',
        code: 'service_unreachable',
        found: expect.stringContaining('does not serve'),
        mend: expect.stringContaining('temporal.log'),
      });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  it('finds a configured port that another process has', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    writeFileSync(path.join(mine.directory, 'sluice.config.yaml'), `stack: { uiPort: ${port} }\n`);
    expect(await check('ports')).toMatchObject({ status: 'failed', code: 'port_in_use' });
    await new Promise((resolve) => server.close(resolve));
  });

  it('finds a faulty configuration', async () => {
    writeFileSync(path.join(mine.directory, 'sluice.config.yaml'), 'stack: { port: 1 }\n');
    expect(await check('configuration')).toMatchObject({ status: 'failed', code: 'invalid_config' });
  });
});
