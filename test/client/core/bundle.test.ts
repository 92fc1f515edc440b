import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { goalName, readBundle } from '../../../client/core/bundle';
import { folder } from '../support/files';
import { kinds } from '../support/kinds';
import { problemOf } from '../support/problem';

const head = 'apiVersion: sluice/v1\ngoal: g\n';
const goal = `${head}steps:\n  - id: a\n    sql: { statements: select 1 }\n`;

describe('what travels with a run', () => {
  it('is the checked goal, with its parameters, and the folder its data lies in', async () => {
    const root = folder({ 'goal.yaml': `${goal}params: { year: { type: integer } }\n` });
    const bundle = await readBundle(path.join(root, 'goal.yaml'), kinds, { year: '2013' });
    expect(bundle).toMatchObject({ goal: { goal: 'g', params: { year: 2013 } }, root, files: {} });
  });

  it('has the real folder, also through a link', async () => {
    const root = folder({ 'real/goal.yaml': goal });
    symlinkSync(path.join(root, 'real'), path.join(root, 'link'));
    expect((await readBundle(path.join(root, 'link/goal.yaml'), kinds)).root).toBe(path.join(root, 'real'));
  });

  it('has the text of the SQL files beside the goal, also when the data lies elsewhere', async () => {
    const root = folder({
      'goal.yaml': `${head}steps:\n  - id: a\n    sql: { file: sql/a.sql }\n`,
      'sql/a.sql': 'select 2',
      'sluice.config.yaml': 'files: { root: data }\n',
    });
    const bundle = await readBundle(path.join(root, 'goal.yaml'), kinds);
    expect(bundle).toMatchObject({ files: { 'sql/a.sql': 'select 2' }, root: path.join(root, 'data') });
  });

  it('is the same for the same files, wherever the command is run', async () => {
    const root = folder({ 'goal.yaml': goal });
    const absolute = await readBundle(path.join(root, 'goal.yaml'), kinds);
    const relative = await readBundle(path.relative(process.cwd(), path.join(root, 'goal.yaml')), kinds);
    expect(relative).toEqual(absolute);
  });

  it.each([
    ['that is not there', 'sql/none.sql', 'source_missing'],
    ['that lies outside', '../other.sql', 'path_escapes_root'],
  ])('refuses an SQL file %s', async (_what, file, code) => {
    const root = folder({
      'p/goal.yaml': `${head}steps:\n  - id: a\n    sql: { file: ${file} }\n`,
      'other.sql': '',
    });
    const problem = await problemOf(readBundle(path.join(root, 'p/goal.yaml'), kinds));
    expect(problem.code).toBe(code);
  });
});

describe('a goal document with faults', () => {
  it('has every one with its line and column', async () => {
    const root = folder({
      'goal.yaml': `${head}ownr: me\nsteps:\n  - id: a\n    needs: [b]\n    sql: { statement: x }\n  - id: A\n    sql: {}\n`,
    });
    const file = path.join(root, 'goal.yaml');
    const { code, faults, place, message } = await problemOf(readBundle(file, kinds));
    expect(code).toBe('invalid_goal');
    expect(faults).toEqual([
      { path: 'ownr', message: 'unknown key', place: `${file}:3:1` },
      { path: 'steps[0].sql.statement', message: 'unknown key', place: `${file}:7:12` },
      { path: 'steps[1].id', message: expect.stringContaining('lower-case') as string, place: `${file}:8:9` },
      { path: 'steps[0].needs[0]', message: 'there is no step "b"', place: `${file}:6:13` },
    ]);
    expect(place).toBe(`${file}:3:1`);
    expect(message).toContain(file);
  });

  it('that holds a password is refused without repeating it', async () => {
    const root = folder({ 'goal.yaml': `${goal}password: hunter22\n` });
    const problem = await problemOf(readBundle(path.join(root, 'goal.yaml'), kinds));
    expect(problem).toMatchObject({ code: 'literal_secret', place: `${root}/goal.yaml:6:11` });
    expect(JSON.stringify(problem)).not.toContain('hunter22');
  });

  it('says where a parameter is declared that has no value', async () => {
    const root = folder({ 'goal.yaml': `${goal}params:\n  year: { type: integer }\n` });
    const problem = await problemOf(readBundle(path.join(root, 'goal.yaml'), kinds));
    expect(problem).toMatchObject({ code: 'invalid_goal', place: `${root}/goal.yaml:7:9` });
  });

  it('still has a name, if it says one', async () => {
    const root = folder({ 'goal.yaml': `${head}nonsense: true\n`, 'none.yaml': 'goal: [1]\n' });
    await expect(goalName(path.join(root, 'goal.yaml'))).resolves.toBe('g');
    await expect(goalName(path.join(root, 'none.yaml'))).resolves.toBeUndefined();
  });
});

describe('the configuration', () => {
  const withConfig = (config: string) => {
    const root = folder({ 'goals/deep/goal.yaml': goal, 'goals/sluice.config.yaml': config });
    return {
      root: path.join(root, 'goals'),
      bundle: readBundle(path.join(root, 'goals/deep/goal.yaml'), kinds),
    };
  };

  it('is the nearest one above the goal, its roots relative to itself', async () => {
    const { root, bundle } = withConfig(
      'files: { root: ../data }\nconnections:\n  lake: { kind: files, root: ./lake }\n  crm: { kind: postgres, database: d, readUser: r, readPassword: secret://crm }\n',
    );
    expect((await bundle).config).toMatchObject({
      files: { root: path.resolve(root, '../data') },
      connections: {
        lake: { root: path.join(root, 'lake') },
        crm: { host: '127.0.0.1', readPassword: 'secret://crm' },
      },
    });
  });

  it('is the default where there is none', async () => {
    const root = folder({ 'goal.yaml': goal });
    expect((await readBundle(path.join(root, 'goal.yaml'), kinds)).config).toMatchObject({ connections: {} });
  });

  it('with a password written out is refused without repeating it', async () => {
    const { root, bundle } = withConfig(
      'connections:\n  crm:\n    kind: postgres\n    readPassword: hunter22\n',
    );
    const problem = await problemOf(bundle);
    expect(problem).toMatchObject({
      code: 'literal_secret',
      faults: [{ path: 'connections.crm.readPassword', place: `${root}/sluice.config.yaml:4:19` }],
    });
    expect(JSON.stringify(problem)).not.toContain('hunter22');
  });

  it('with faults has every one with its place', async () => {
    const { root, bundle } = withConfig('stack: { postgresPort: many }\nconections: {}\n');
    expect(await problemOf(bundle)).toMatchObject({
      code: 'invalid_config',
      faults: [
        { path: 'stack.postgresPort', place: `${root}/sluice.config.yaml:1:24` },
        { path: 'conections', message: 'unknown key', place: `${root}/sluice.config.yaml:2:1` },
      ],
    });
  });
});
