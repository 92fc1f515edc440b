import { rename } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { Bed } from './bed';

describe('a file whose content is loaded under another name', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await Bed.make('known_files');
  });
  afterAll(() => bed.close());
  afterEach(() => bed.reset());

  const CONTENT = 'id,v\n1,a\n2,b\n';
  const input = (known?: string, more: object = {}) => ({
    from: { files: 'in/**', ...(known !== undefined && { known }) },
    into: 'raw.log',
    ...more,
  });
  const told = async (wanted: object) =>
    (await bed.propose(wanted)).findings
      .filter(({ rule }) => rule === 'file_known')
      .map(({ message, severity }) => `${severity}: ${message}`);
  const count = async () => (await bed.rows('select count(*)::int as n from raw.log'))[0]!.n;
  const move = (from: string, to: string) => rename(path.join(bed.root, from), path.join(bed.root, to));

  it('is warned of: moved, compressed, and moved once more', async () => {
    await bed.files({ 'in/log.csv': CONTENT });
    await bed.load(input());
    await move('in/log.csv', 'in/log.1.csv');
    expect(await told(input())).toEqual([
      'warning: in/log.1.csv has the content of in/log.csv, which is loaded: all its rows will be added again (`known: skip` counts it as loaded, `known: load` says that it is meant)',
    ]);
    await bed.clear();
    await bed.files({ 'in/log.csv.gz': gzipSync(CONTENT) });
    expect(await told(input())).toEqual([
      expect.stringContaining('in/log.csv.gz has the content of in/log.csv'),
    ]);
    await bed.load(input('load'));
    await bed.clear();
    await bed.files({ 'in/old/log.csv.gz': gzipSync(CONTENT, { level: 1 }) });
    expect(await told(input())).toHaveLength(1);
    expect(await told(input('load'))).toEqual([]);
  });

  it('counts as loaded where the goal says so, beside what is new', async () => {
    await bed.files({ 'in/log.csv': CONTENT });
    await bed.load(input('skip'));
    await bed.clear();
    await bed.files({ 'in/log.csv.gz': gzipSync(CONTENT) });
    expect((await bed.propose(input('skip'))).noop).toBe(true);
    await bed.files({ 'in/new.csv': 'id,v\n3,c\n' });
    const { change } = await bed.load(input('skip'));
    expect(change.title).toBe('append 1 file (1 row) to raw.log');
    expect(await count()).toBe(3);
  });

  it('may come twice in one load, which is told, too; files without rows are alike and not told', async () => {
    await bed.files({
      'in/a.csv': CONTENT,
      'in/b.csv.gz': gzipSync(CONTENT),
      'in/c.csv': 'id,v\n',
      'in/d.csv': 'id,v\n',
    });
    expect(await told(input())).toEqual([
      expect.stringContaining('in/b.csv.gz has the content of in/a.csv, which is loaded with it'),
    ]);
    await bed.load(input('skip'));
    expect(await count()).toBe(2);
  });

  it('is new again once its load is undone', async () => {
    await bed.files({ 'in/log.csv': CONTENT });
    const { change } = await bed.load(input());
    await bed.undo(change);
    await move('in/log.csv', 'in/log.1.csv');
    expect(await told(input())).toEqual([]);
  });
});
