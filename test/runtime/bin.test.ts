import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDirectory } from './support';

const root = path.resolve(__dirname, '../..');

/** A clone in small: the real bin/sluice and what it uses, with a program that prints how it was called. */
describe('bin/sluice', () => {
  let clone: string;
  const at = (...names: string[]): string => path.join(clone, ...names);
  const write = (file: string, content: string): void => {
    mkdirSync(path.dirname(at(file)), { recursive: true });
    writeFileSync(at(file), content);
  };
  const glance = (): string => {
    const code = `process.stdout.write(require(${JSON.stringify(at('scripts/lib/fresh.cjs'))}).glance())`;
    return spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' }).stdout;
  };
  const markBuilt = (): void => write('dist/build.json', JSON.stringify({ id: 'x', glance: glance() }));
  const run = (args: string[], program = at('bin/sluice'), cwd = '/') =>
    spawnSync(process.execPath, [program, ...args], { cwd, encoding: 'utf8' });

  beforeEach(() => {
    clone = temporaryDirectory();
    for (const part of ['bin', 'scripts']) cpSync(path.join(root, part), at(part), { recursive: true });
    write('tsconfig.build.json', '{}');
    write('package.json', '{}');
    write('schemas/a.ts', 'export {};\n');
    const packages = {
      '': {},
      'node_modules/a': { version: '1.0.0' },
      'node_modules/b': { version: '1.0.0', optional: true },
    };
    write('package-lock.json', JSON.stringify({ packages }));
    write(
      'node_modules/.package-lock.json',
      JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }),
    );
    write(
      'dist/client/cli/main.js',
      'console.log(JSON.stringify([process.cwd(), ...process.argv.slice(2)]));\n',
    );
    // Stands for the compiler: says that it ran, and makes the build that is asked for.
    write(
      'scripts/build.mjs',
      `import fresh from './lib/fresh.cjs'; import { writeFileSync } from 'node:fs';
       if (process.env.FAIL) process.exit(1);
       console.log('compiled'); writeFileSync(fresh.buildFile, JSON.stringify({ id: 'x', glance: fresh.glance() }));`,
    );
    markBuilt();
  });
  afterEach(() => rmSync(clone, { recursive: true }));

  it('runs the program as it is when nothing has changed, from any directory, also through a link', () => {
    symlinkSync(at('bin/sluice'), at('elsewhere'));
    const { stdout, stderr, status } = run(['plan', 'x.yaml'], at('elsewhere'), '/tmp');
    expect({ said: JSON.parse(stdout), stderr, status }).toEqual({
      said: ['/tmp', 'plan', 'x.yaml'],
      stderr: '',
      status: 0,
    });
  });

  it('never builds to print help or its version: the last build says it, or the sources do, or how to install', () => {
    write('schemas/a.ts', 'export const changed = 1;\n');
    for (const args of [[], ['help', 'plan'], ['plan', '--help'], ['--version']]) {
      const { stdout, stderr } = run(args);
      expect({ said: JSON.parse(stdout), stderr }).toEqual({ said: ['/', ...args], stderr: '' });
    }
    // What follows `--` is no flag.
    expect(run(['runs', '--', '--help']).stderr).toContain('compiled');

    rmSync(at('dist'), { recursive: true });
    write('client/cli/main.ts', "const said: string = 'from the sources';\nconsole.log(said);\n");
    symlinkSync(path.join(root, 'node_modules/@swc'), at('node_modules/@swc'));
    expect(run(['--help'])).toMatchObject({ stdout: 'from the sources\n', stderr: '', status: 0 });

    rmSync(at('node_modules'), { recursive: true });
    expect(run(['--help'])).toMatchObject({
      stdout: expect.stringContaining('npm ci'),
      stderr: '',
      status: 0,
    });
  });

  it('builds first when a source has changed, come or gone, and keeps stdout for the result', () => {
    const changes = [
      () => write('schemas/a.ts', 'export const changed = 1;\n'),
      () => write('sql/new.ts', 'export {};\n'),
      () => rmSync(at('sql/new.ts')),
      () => utimesSync(at('package.json'), 1, 1),
    ];
    for (const change of changes) {
      change();
      const { stdout, stderr } = run(['runs']);
      expect(JSON.parse(stdout)).toEqual(['/', 'runs']);
      expect(stderr).toContain('compiled');
      expect(run(['runs']).stderr).toBe('');
    }
  });

  it('looks and stops with the last build, whatever the sources are like', () => {
    write('schemas/a.ts', 'does not compile');
    expect(run(['down']).stderr).toBe('');
    expect(run(['status', '--json']).stderr).toBe('');
    expect(run(['up']).stderr).toContain('compiled');
  });

  it('says what failed, and as one JSON document when asked for one', () => {
    write('schemas/a.ts', 'export const changed = 1;\n');
    const env = { ...process.env, FAIL: '1' };
    const failed = spawnSync(process.execPath, [at('bin/sluice'), 'runs', '--json'], {
      env,
      encoding: 'utf8',
    });
    expect(failed.status).toBe(1);
    expect(JSON.parse(failed.stdout)).toMatchObject({
      ok: false,
      error: { next: expect.stringContaining('npm run setup') },
    });
  });

  it('notices dependencies that are not those of the lock file', () => {
    const isInstalled = (): string =>
      spawnSync(
        process.execPath,
        ['-p', `require(${JSON.stringify(at('scripts/lib/fresh.cjs'))}).isInstalled()`],
        {
          encoding: 'utf8',
        },
      ).stdout.trim();
    expect(isInstalled()).toBe('true');
    const newer = new Date(Date.now() + 10_000);
    utimesSync(at('package-lock.json'), newer, newer); // a checkout, same content
    expect(isInstalled()).toBe('true');
    write('package-lock.json', JSON.stringify({ packages: { 'node_modules/a': { version: '2.0.0' } } }));
    utimesSync(at('package-lock.json'), newer, newer);
    expect(isInstalled()).toBe('false');
    rmSync(at('node_modules'), { recursive: true });
    expect(isInstalled()).toBe('false');
  });
});
