import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadConfig } from '../../runtime/config';
import { temporaryDirectory } from './support';

describe('the configuration', () => {
  const directory = temporaryDirectory();
  const file = path.join(directory, 'sluice.config.yaml');
  afterAll(() => rmSync(directory, { recursive: true }));
  const load = (text: string): unknown => {
    writeFileSync(file, text);
    return loadConfig(file);
  };
  const problem = (text: string): unknown => {
    try {
      return load(text);
    } catch (error) {
      return (error as { problem: unknown }).problem;
    }
  };

  it('has defaults without a file, and for an empty one', () => {
    expect(loadConfig(undefined)).toMatchObject({ connections: {}, stack: {}, temporal: {} });
    expect(load('')).toMatchObject({ connections: {}, stack: {}, temporal: {} });
  });

  it('has its roots relative to itself', () => {
    const loaded = load('files: { root: data }\nconnections: { lake: { kind: files, root: ../lake } }');
    expect(loaded).toMatchObject({
      files: { root: path.join(directory, 'data') },
      connections: { lake: { root: path.resolve(directory, '../lake') } },
    });
  });

  it('is refused with every fault and its path', () => {
    expect(problem('stack: { postgresPort: 99999, port: 1 }')).toMatchObject({
      code: 'invalid_config',
      faults: expect.arrayContaining([
        expect.objectContaining({ path: 'stack.postgresPort' }),
        expect.objectContaining({ message: expect.stringContaining('port') }),
      ]),
    });
  });

  it('that is no YAML is refused with the place', () => {
    expect(problem('stack:\n  a: [')).toMatchObject({
      code: 'invalid_config',
      place: expect.stringMatching(/sluice\.config\.yaml:\d+:\d+$/),
    });
  });

  it('with a password written out is refused, and does not repeat it', () => {
    const found = problem(
      'connections: { crm: { kind: postgres, database: crm, readUser: me, readPassword: hunter2 } }',
    );
    expect(found).toMatchObject({ code: 'literal_secret' });
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });
});
