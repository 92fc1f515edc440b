import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SluiceError } from '../../schemas/errors';
import { createSources } from '../../sources/create-sources';
import { resolveUnderRoot } from '../../sources/root';
import type { Framing, OpenFile, PromisedFile, Sources } from '../../sources/sources';

const FRAMING: Framing = {
  format: 'delimited',
  gzip: false,
  encoding: 'utf-8',
  delimiter: 44,
  quote: 34,
  escape: 0,
  skip: 0,
  header: 1,
};

describe('files below a root', () => {
  let outside: string;
  let root: string;
  let sources: Sources;

  beforeEach(async () => {
    outside = await realpath(await mkdtemp(path.join(tmpdir(), 'sluice-files-')));
    root = path.join(outside, 'root');
    await mkdir(path.join(root, 'b'), { recursive: true });
    await writeFile(path.join(outside, 'secret.csv'), 'a\n1\n');
    for (const name of ['b.csv', 'a.csv', 'B.csv', 'b/c.csv', '.hidden.csv', 'x.txt'])
      await writeFile(path.join(root, name), 'a\n1\n');
    sources = make();
  });
  afterEach(() => rm(outside, { recursive: true, force: true }));

  function make(rows?: number): Sources {
    return createSources({
      root,
      connections: { sub: 'b', abroad: outside },
      openPostgres: () => Promise.reject(new Error('none')),
      ...(rows !== undefined && { sample: { rows } }),
    });
  }
  const codeOf = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'none',
      (error: unknown) => (error instanceof SluiceError ? error.code : String(error)),
    );
  const textOf = async (file: OpenFile): Promise<string> => {
    const parts: Buffer[] = [];
    for await (const chunk of file.chunks) parts.push(Buffer.from(chunk));
    return Buffer.concat(parts).toString();
  };

  it('are listed by glob, each once, sorted by bytes, hidden ones left out', async () => {
    const found = await sources.list(['*.csv', 'b.*', '**/*.csv']);
    expect(found).toEqual(
      ['B.csv', 'a.csv', 'b.csv', 'b/c.csv'].map((name) => ({
        path: name,
        size: 4,
        modified: expect.any(Number) as number,
      })),
    );
  });

  it('are those of a connection, when one is named', async () => {
    expect(await sources.list(['*.csv'], 'sub')).toEqual([
      { path: 'c.csv', size: 4, modified: expect.any(Number) as number, connection: 'sub' },
    ]);
    expect(await codeOf(sources.list(['*.csv'], 'nope'))).toBe('not_found');
  });

  it('follow a link to a file that stays inside', async () => {
    await symlink('b/c.csv', path.join(root, 'latest.csv'));
    expect((await sources.list(['latest.csv'])).map((file) => file.path)).toEqual(['latest.csv']);
    expect(await textOf(await sources.open({ path: 'latest.csv' }, FRAMING))).toBe('a\n1\n');
  });

  it('refuse a link that leads out, whether listed or opened', async () => {
    await symlink('../secret.csv', path.join(root, 'evil.csv'));
    expect(await codeOf(sources.list(['evil.csv']))).toBe('path_escapes_root');
    expect(await codeOf(sources.open({ path: 'evil.csv' }, FRAMING))).toBe('path_escapes_root');
  });

  it('are not looked for in a linked directory, which may be the whole machine', async () => {
    await symlink(outside, path.join(root, 'everything'));
    expect((await sources.list(['**/*.csv'])).map((file) => file.path)).toEqual([
      'B.csv',
      'a.csv',
      'b.csv',
      'b/c.csv',
    ]);
    expect(await codeOf(sources.open({ path: 'everything/secret.csv' }, FRAMING))).toBe('path_escapes_root');
  });

  it.each(['../secret.csv', 'b/../../secret.csv', '/etc/passwd', 'b/{../..,x}/secret.csv', 'a\0.csv'])(
    'refuse %j',
    async (name) => {
      expect(await codeOf(sources.list([name]))).toBe('path_escapes_root');
      expect(await codeOf(resolveUnderRoot(root, name))).toBe('path_escapes_root');
    },
  );

  it('leave out a dangling link, a directory and a pipe', async () => {
    await symlink('nowhere', path.join(root, 'dangling.csv'));
    await mkdir(path.join(root, 'directory.csv'));
    execFileSync('mkfifo', [path.join(root, 'pipe.csv')]);
    expect((await sources.list(['*.csv'])).map((file) => file.path)).toEqual(['B.csv', 'a.csv', 'b.csv']);
    expect(await codeOf(sources.open({ path: 'pipe.csv' }, FRAMING))).toBe('source_invalid');
    expect(await codeOf(sources.open({ path: 'directory.csv' }, FRAMING))).toBe('source_invalid');
  });

  it('that are not there are missing, and gone when they were promised', async () => {
    expect(await codeOf(sources.list(['nope*']))).toBe('source_missing');
    expect(await codeOf(sources.open({ path: 'nope.csv' }, FRAMING))).toBe('source_missing');
    const promised = { path: 'nope.csv', size: 4, sha256: '', records: 1 };
    expect(await codeOf(sources.open({ path: 'nope.csv' }, FRAMING, { promised }))).toBe('source_gone');
  });

  it('go on being read when they are removed meanwhile', async () => {
    const file = await sources.open({ path: 'a.csv' }, FRAMING);
    await unlink(path.join(root, 'a.csv'));
    expect(await textOf(file)).toBe('a\n1\n');
  });

  describe('that were promised', () => {
    const promise = (text: string): PromisedFile => ({
      path: 'a.csv',
      size: text.length,
      sha256: createHash('sha256').update(text).digest('hex'),
      records: 1,
    });

    it('are sealed with what was promised', async () => {
      const promised = promise('a\n1\n');
      const file = await sources.open(promised, FRAMING, { promised });
      expect(await textOf(file)).toBe('a\n1\n');
      expect(file.seal()).toEqual({ sha256: promised.sha256, size: 4, expectedRecords: 1 });
    });

    it('and are others now fail after the last byte, so that nothing can be committed', async () => {
      const promised = promise('a\n2\n');
      const file = await sources.open(promised, FRAMING, { promised });
      expect(await codeOf(textOf(file))).toBe('proposal_stale');
    });

    it('are a sample in a rehearsal, which expects what it serves', async () => {
      await writeFile(path.join(root, 'a.csv'), 'h,i\n1,"x\ny"\n2,z\n3,\n');
      const sample = make(2);
      const first = await sample.open(promise('?'), FRAMING, { promised: promise('?') });
      expect(await textOf(first)).toBe('h,i\n1,"x\ny"\n2,z\n');
      expect(first.seal().expectedRecords).toBe(2);
      const second = await sample.open({ path: 'b.csv' }, FRAMING);
      expect(await textOf(second)).toBe('a\n');
      const again = await sample.open(promise('?'), FRAMING);
      expect(await textOf(again)).toBe('h,i\n1,"x\ny"\n2,z\n');
    });
  });

  it('stop being read when that is asked for', async () => {
    const stop = new AbortController();
    const file = await sources.open({ path: 'a.csv' }, FRAMING, { signal: stop.signal });
    stop.abort();
    expect(await codeOf(textOf(file))).toBe('cancelled');
  });

  it('are hashed as they are stored', async () => {
    expect(await sources.hash({ path: 'a.csv' })).toEqual({
      sha256: createHash('sha256').update('a\n1\n').digest('hex'),
      size: 4,
    });
  });
});
