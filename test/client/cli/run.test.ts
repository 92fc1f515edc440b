import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type * as program from '../../../client/cli/program';
import { runCli } from '../../../client/cli/run';
import packageJson from '../../../package.json';
import { surroundings, type Captured } from '../support/surroundings';

interface Ran {
  exitCode: number;
  stdout: string;
  stderr: string;
}

async function cli(args: string[], around: Captured = surroundings()): Promise<Ran> {
  const exitCode = await runCli(args, around);
  return { exitCode, ...around.output() };
}

/** The one document that stdout holds. */
const document = ({ stdout }: Ran) => JSON.parse(stdout) as { error?: { code: string; next: string } };

describe('usage', () => {
  it('of a command that is not there says which one was meant', async () => {
    const ran = await cli(['plna', 'goal.yaml']);
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toMatch(/usage[^]*'plna'[^]*Did you mean plan\?/);
  });

  it.each([
    ['an option that is not there', ['plan', 'g.yaml', '--jsno'], 'Did you mean --json?'],
    ['a missing argument', ['apply'], 'sluice --help'],
    ['too many arguments', ['show', 'a', 'b'], 'sluice --help'],
    ['a parameter without a value', ['plan', 'g.yaml', '--param', 'year'], 'sluice --help'],
    ['a status that is not there', ['runs', '--status', 'done'], 'sluice --help'],
    ['terms of what is not granted', ['apply', 'g.yaml', '--max-rows', '5'], '--standing'],
    ['a bound that is none', ['approve', 'last', '--standing', '--max-rows', 'few'], 'sluice --help'],
    ['an id that is no number', ['memory', 'forget', '1', 'nosuch'], 'sluice --help'],
    ['a document in no folder', ['ask', 'x', '--out', '/nosuch/dir/goal.yaml'], 'a folder that is there'],
    ['no command', [], 'sluice --help'],
  ])('with %s is exit 2 and, with --json, one document', async (_what, args, next) => {
    const ran = await cli([...args, '--json']);
    expect(ran.exitCode).toBe(2);
    expect(document(ran)).toMatchObject({ error: { code: 'usage', state: 'Nothing was changed.' } });
    expect(document(ran).error!.next).toContain(next);
  });

  it('without a command is the help', async () => {
    const ran = await cli([]);
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toContain('Usage: sluice');
  });
});

const SLOW = ['zod', 'yaml', 'kysely', 'pg', '@temporalio/client', '@temporalio/common'];

describe('help', () => {
  it('waits for nothing that takes long to load', () => {
    jest.isolateModules(() => {
      for (const name of SLOW) {
        jest.doMock(name, () => {
          throw new Error(`${name} is loaded`);
        });
      }
      const { createProgram } = jest.requireActual<typeof program>('../../../client/cli/program');
      const silent = { out: () => undefined, err: () => undefined };
      expect(createProgram(() => Promise.resolve(), silent).helpInformation()).toContain('Usage: sluice');
      SLOW.forEach((name) => jest.dontMock(name));
    });
  });

  it('is data', async () => {
    const ran = await cli(['--help']);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.stdout).toContain('The first five minutes');
  });

  it.each(['plan', 'apply', 'ask', 'approve', 'undo', 'schedule', 'standing', 'secret'])(
    'for %s has examples',
    async (command) => {
      expect((await cli([command, '--help'])).stdout).toContain(`$ sluice ${command}`);
    },
  );

  it.each(['backfill', 'analyze'])('does not promise %s', async (command) => {
    expect((await cli(['--help'])).stdout).not.toMatch(new RegExp(`^ +${command}\\b`, 'm'));
    expect((await cli([command])).exitCode).toBe(2);
  });

  it('has the version', async () => {
    expect(await cli(['--version'])).toMatchObject({ exitCode: 0, stdout: `${packageJson.version}\n` });
  });
});

describe('without a stack', () => {
  it.each([
    ['runs', ['runs']],
    ['show', ['show', 'last']],
    ['approve', ['approve', 'g-20130131-abcdef']],
    ['undo', ['undo', 'last']],
  ])('%s says that it cannot be reached, and how to start it', async (_name, args) => {
    const started = Date.now();
    const ran = await cli([...args, '--json']);
    expect(ran.exitCode).toBe(6);
    expect(document(ran)).toMatchObject({ error: { code: 'service_unreachable' } });
    expect(document(ran).error!.next).toContain('sluice up');
    expect(Date.now() - started).toBeLessThan(3_000);
  });

  it('a bad configuration is found before the stack is', async () => {
    const around = surroundings();
    writeFileSync(path.join(around.cwd, 'goal.yaml'), 'goal: [\n');
    const ran = await cli(['plan', 'nowhere.yaml', '--json'], around);
    expect(ran.exitCode).toBe(2);
    expect(document(ran)).toMatchObject({ error: { code: 'not_found' } });
  });
});

describe('secrets', () => {
  it('are set from stdin, listed by name, and never shown', async () => {
    const around = surroundings({ input: 'hunter22\n' });
    const set = await cli(['secret', 'set', 'crm', '--json'], around);
    expect(JSON.parse(set.stdout)).toEqual({ name: 'crm', set: true });
    const list = await cli(['secret', 'list'], { ...surroundings(), env: around.env });
    expect(list.stdout).toMatch(/^crm  set \d{4}-/);
    expect(JSON.stringify([set, list])).not.toContain('hunter22');
  });

  it('are typed unseen at a terminal', async () => {
    const around = surroundings({ tty: true });
    around.type('hunter22\r');
    const ran = await cli(['secret', 'set', 'crm'], around);
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout + ran.stderr).not.toContain('hunter22');
    expect(
      (await cli(['secret', 'list', '--json'], { ...surroundings(), env: around.env })).stdout,
    ).toContain('"crm"');
  });

  it('are not taken from nobody', async () => {
    const ran = await cli(['secret', 'set', 'crm', '--no-input'], surroundings({ tty: true }));
    expect(ran).toMatchObject({ exitCode: 2 });
  });
});
