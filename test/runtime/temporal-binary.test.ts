import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { builtBinary, findTemporal, onPath } from '../../runtime/temporal/binary';
import { ensureTemporal } from '../../runtime/temporal/install';
import { temporaryDirectory } from './support';

describe('the Temporal binary', () => {
  let directory: string;
  const before = { ...process.env };
  beforeEach(() => {
    directory = temporaryDirectory();
    process.env.SLUICE_CACHE = path.join(directory, 'cache');
    process.env.PATH = path.join(directory, 'bin');
    mkdirSync(process.env.PATH);
  });
  afterEach(() => {
    process.env = { ...before };
    rmSync(directory, { recursive: true });
  });

  function program(file: string, script: string): string {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  }
  const inPath = (name: string, script: string): string => program(path.join(directory, 'bin', name), script);

  it('on PATH comes before the one in the cache', () => {
    const cached = program(builtBinary(), 'exit 0');
    expect(findTemporal()).toBe(cached);
    const own = inPath('temporal', 'exit 0');
    expect(findTemporal()).toBe(own);
  });

  it('is not looked for in relative entries of PATH, nor taken when it cannot be executed', () => {
    writeFileSync(path.join(directory, 'bin', 'temporal'), '');
    expect(onPath('temporal')).toBeUndefined();
    expect(onPath('temporal', { PATH: '.:bin' })).toBeUndefined();
  });

  it('is built by Go, once, also when several ask at the same time', async () => {
    inPath(
      'go',
      `echo "$@" >> ${directory}/calls; /bin/sleep 0.1; echo '#!/bin/sh' > "$GOBIN/temporal"; /bin/chmod +x "$GOBIN/temporal"`,
    );
    const said: string[] = [];
    const found = await Promise.all([1, 2, 3].map(() => ensureTemporal((line) => said.push(line))));
    expect(new Set(found)).toEqual(new Set([builtBinary()]));
    const calls = readFileSync(path.join(directory, 'calls'), 'utf8').trim().split('\n');
    expect(calls).toEqual([
      expect.stringMatching(/^install .*github\.com\/temporalio\/cli\/cmd\/temporal@v1\.5\.1$/),
    ]);
    expect(said.join('\n')).toMatch(/about 5 minutes/);
  });

  it('that Go cannot build is not_found, with what Go said and what to do', async () => {
    inPath('go', 'echo "no space left" >&2; exit 1');
    await expect(ensureTemporal(() => undefined)).rejects.toMatchObject({
      problem: {
        code: 'not_found',
        message: expect.stringContaining('no space left'),
        next: expect.stringContaining('Install Go'),
      },
    });
    expect(existsSync(builtBinary())).toBe(false);
  });
});
