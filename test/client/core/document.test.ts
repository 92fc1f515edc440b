import path from 'node:path';
import { MAX_DOCUMENT_BYTES, parseText, readDocument } from '../../../client/core/document';
import { folder } from '../support/files';
import { problemOf } from '../support/problem';

const GOAL = `apiVersion: sluice/v1
goal: flights
steps:
  - id: a
    ingest:
      into: raw.flights
      key: [year, month]
      "odd.key": { "x[0]": 1 }
`;

describe('a place in a document', () => {
  const { places } = parseText(GOAL, 'goal.yaml');

  it.each([
    ['a value', 'steps[0].ingest.into', 'goal.yaml:6:13'],
    ['an item of a list', 'steps[0].ingest.key[1]', 'goal.yaml:7:19'],
    ['a mapping in a list', 'steps[0]', 'goal.yaml:4:5'],
    ['below keys that hold dots and brackets', 'steps[0].ingest.odd.key.x[0]', 'goal.yaml:8:28'],
    ['a key that is missing: where it should be', 'steps[0].ingest.mode', 'goal.yaml:6:7'],
    ['an item that is missing', 'steps[7].id', 'goal.yaml:4:3'],
    ['the whole document', '(document)', 'goal.yaml:1:1'],
  ])('of %s', (_what, at, place) => {
    expect(places.of(at)).toBe(place);
  });

  it('of a key that should not be there is the key itself', () => {
    const faults = places.locate([{ path: 'steps[0].ingest.into', message: 'unknown key' }]);
    expect(faults).toEqual([
      { path: 'steps[0].ingest.into', message: 'unknown key', place: 'goal.yaml:6:7' },
    ]);
  });

  it('is the same in JSON', () => {
    const json = parseText('{\n\t"goal": "x",\n\t"steps": [\n\t\t{"id": 7}\n\t]\n}\n', 'goal.json');
    expect(json.value).toEqual({ goal: 'x', steps: [{ id: 7 }] });
    expect(json.places.of('steps[0].id')).toBe('goal.json:4:10');
  });
});

describe('a document', () => {
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x]',
    ...['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((key, index) => {
      const alias = `*${'abcdefgh'[index]}`;
      return `${key}: &${key} [${Array(9).fill(alias).join(', ')}]`;
    }),
  ].join('\n');

  it.each<[string, string, RegExp, string]>([
    ['the same key twice', 'goal: a\nsteps: []\ngoal: b\n', /the same key is written twice/, 'g.yaml:3:1'],
    ['an unclosed bracket', 'goal: [a, b\n', /flow sequence/, 'g.yaml:2:1'],
    ['a tab for indentation', 'a:\n\tb: 1\n', /tabs are not allowed/, 'g.yaml:2:1'],
    ['two documents', 'a: 1\n---\nb: 2\n', /more than one document/, 'g.yaml:2:1'],
    ['a tag that says what to make of it', 'a: !js/function x\n', /tag/, 'g.yaml:1:4'],
    ['a key that is no string', '? [a, b]\n: 1\n', /a key must be/, 'g.yaml:1:3'],
    ['an alias without an anchor', 'a: *nowhere\n', /no anchor/, 'g.yaml'],
    ['aliases that expand without bound', bomb, /expand too often/, 'g.yaml'],
    ['an alias inside its own anchor', 'a: &a [1, *a]\n', /inside its own anchor/, 'g.yaml'],
    ['brackets without end', '['.repeat(300_000), /nested too deeply/, 'g.yaml'],
    ['lists in lists without end', '- '.repeat(300_000), /nested too deeply/, 'g.yaml'],
    ['keys of keys without end', '? '.repeat(300_000), /nested too deeply/, 'g.yaml'],
    ['nothing in it', '# only a comment\n', /it is empty/, 'g.yaml'],
  ])('with %s is refused', async (_what, text, message, place) => {
    const problem = await problemOf(() => parseText(text, 'g.yaml'));
    expect(problem).toMatchObject({ code: 'invalid_goal', place: expect.stringContaining(place) as string });
    expect(problem.message).toMatch(message);
    expect(problem.faults?.length ?? 0).toBeLessThanOrEqual(10);
  });

  it('may use anchors as people do', () => {
    const { value } = parseText('a: &nulls [NA, ""]\nb: *nulls\n', 'g.yaml');
    expect(value).toEqual({ a: ['NA', ''], b: ['NA', ''] });
  });

  it('keeps dates and words as they are written', () => {
    const { value } = parseText('d: 2013-01-01\ny: yes\nn: NO\n', 'g.yaml');
    expect(value).toEqual({ d: '2013-01-01', y: 'yes', n: 'NO' });
  });

  it('with a key called __proto__ changes nothing but itself', () => {
    const { value } = parseText('__proto__: { polluted: true }\n', 'g.yaml');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('a file', () => {
  it('with a byte order mark is read', async () => {
    const root = folder({ 'goal.yaml': '\ufeffgoal: a\n' });
    expect((await readDocument(path.join(root, 'goal.yaml'))).value).toEqual({ goal: 'a' });
  });

  it('that is not there is not found', async () => {
    const file = path.join(folder(), 'nowhere.yaml');
    expect(await problemOf(readDocument(file))).toMatchObject({ code: 'not_found', place: file });
  });

  it('that is a directory is not a goal document', async () => {
    const problem = await problemOf(readDocument(folder()));
    expect(problem).toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('is a directory') as string,
    });
  });

  it('that is not UTF-8 is refused', async () => {
    const root = folder({ 'goal.yaml': Buffer.from([0x67, 0x3a, 0x20, 0xe9, 0x0a]) });
    const problem = await problemOf(readDocument(path.join(root, 'goal.yaml')));
    expect(problem).toMatchObject({
      code: 'invalid_goal',
      message: expect.stringContaining('not UTF-8') as string,
    });
  });

  it('larger than people write is refused unread', async () => {
    const root = folder({ 'goal.yaml': Buffer.alloc(MAX_DOCUMENT_BYTES + 1, 'a') });
    const problem = await problemOf(readDocument(path.join(root, 'goal.yaml')));
    expect(problem).toMatchObject({
      code: 'invalid_goal',
      message: expect.stringContaining('at most') as string,
    });
  });
});
