import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { allowedKinds, loadRoles, parseRole } from '../../llm/roles/load';
import { registry } from '../../capabilities/registry';
import { outputs } from '../../activities/ask/outputs';

const ROLE = [
  'name: mapper',
  'summary: Draws maps.',
  'model: small',
  'tools: [describe_table]',
  'kinds: [map]',
  'output: planned',
  'maxCalls: 3',
  'instructions: Draw a map.',
  '',
].join('\n');

it('every role file that comes with Sluice is valid, and named as its file', () => {
  const roles = loadRoles();
  expect([...roles.keys()].sort()).toEqual([
    ...['cost_guard', 'governance', 'ingestion', 'log_reader', 'operations', 'planner', 'quality'],
    ...['reader', 'recovery', 'schema', 'transformation'],
  ]);
  for (const role of roles.values()) {
    expect(outputs.has(role.output)).toBe(true);
    for (const kind of role.kinds) expect(registry.has(kind)).toBe(true);
  }
});

it('a model may use what steps do for data, and not what keeps or erases', () => {
  expect([...allowedKinds(loadRoles().values())].sort()).toEqual(['check', 'ingest', 'model', 'sql']);
});

it('only the roles that have no tools may be shown text as it is', () => {
  const untooled = [...loadRoles().values()].filter(({ tools }) => tools.length === 0);
  expect(untooled.map(({ name }) => name).sort()).toEqual(['log_reader', 'reader']);
});

it('a role file in a directory of its own is a role', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'roles-'));
  writeFileSync(path.join(directory, 'mapper.yaml'), ROLE);
  const role = loadRoles(directory).get('mapper')!;
  expect(role).toMatchObject({ name: 'mapper', kinds: ['map'], instructions: 'Draw a map.' });
  expect(role.version).toMatch(/^[0-9a-f]{64}$/);
});

it('the version changes with a single character of the file', () => {
  const other = ROLE.replace('Draw a map.', 'Draw a map!');
  expect(parseRole(other, 'mapper.yaml').version).not.toBe(parseRole(ROLE, 'mapper.yaml').version);
});

it.each([
  ['an unknown key', `${ROLE}can: everything\n`, 'can: unknown key'],
  ['another name than the file', ROLE.replace('name: mapper', 'name: other'), 'must be "mapper"'],
  ['no instructions', ROLE.replace(/instructions.*\n/, ''), 'instructions'],
  ['a key that occurs twice', `${ROLE}tools: []\n`, 'Map keys must be unique'],
])('a role file with %s is refused', (_what, text, message) => {
  expect(() => parseRole(text, 'mapper.yaml')).toThrow(
    expect.objectContaining({ code: 'invalid_config', message: expect.stringContaining(message) as string }),
  );
});
