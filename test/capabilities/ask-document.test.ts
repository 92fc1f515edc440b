import { checkAsk, isAskDocument } from '../../capabilities/ask-document';
import { checkGoal } from '../../capabilities/document';
import { registry } from '../../capabilities/registry';
import type { Fault, SluiceError } from '../../schemas/errors';

const document = (over: object = {}): Record<string, unknown> => ({
  apiVersion: 'sluice/v1',
  goal: 'late-flights',
  ask: 'Load the flights and say which carriers are late.',
  ...over,
});

function problemOf(work: () => unknown): { code: string; faults: Fault[] } {
  try {
    work();
  } catch (cause) {
    const { code, faults = [] } = (cause as SluiceError).problem;
    return { code, faults };
  }
  throw new Error('it was accepted');
}

describe('a goal document in plain words', () => {
  it('is its words, and the head as it was written', () => {
    const head = { owner: 'data@example.com', warehouse: 'main', onFailure: 'keep' };
    expect(checkAsk(document(head))).toEqual({
      text: 'Load the flights and say which carriers are late.',
      head: { apiVersion: 'sluice/v1', goal: 'late-flights', ...head },
    });
  });

  it('has the values that were given as defaults of its parameters', () => {
    const params = { year: { type: 'integer', default: 2013 }, carrier: { type: 'string', default: 'AA' } };
    expect(checkAsk(document({ params }), { year: '2014' }).head.params).toMatchObject({
      year: { type: 'integer', default: '2014' },
      carrier: { default: 'AA' },
    });
  });

  it.each<[string, object, string]>([
    ['no words', { ask: '' }, 'ask'],
    ['blank words', { ask: ' \n ' }, 'ask'],
    ['what is no text', { ask: ['load'] }, 'ask'],
    ['nothing after ask:', { ask: null }, 'ask'],
    ['words without end', { ask: 'load '.repeat(5_000) }, 'ask'],
    ['steps as well', { steps: [{ id: 'a', check: { sql: 'select' } }] }, 'ask'],
    ['a fault in its head', { onFailure: 'pray' }, 'onFailure'],
    ['an unknown key', { warehouze: 'x' }, 'warehouze'],
    ['no name', { goal: undefined }, 'goal'],
    ['a parameter without a value', { params: { year: { type: 'integer' } } }, 'params.year'],
  ])('with %s is refused with the place', (_what, over, path) => {
    const { code, faults } = problemOf(() => checkAsk(document(over)));
    expect(code).toBe('invalid_goal');
    expect(faults.map((fault) => fault.path)).toContain(path);
  });

  it('holds no credential', () => {
    expect(problemOf(() => checkAsk(document({ ask: 'postgres://ann:hunter2@db/x' }))).code).toBe(
      'literal_secret',
    );
  });
});

describe('where steps are needed', () => {
  it.each([
    ['words say who works the steps out', document(), /sluice ask --out/],
    ['steps and words are one too many', document({ steps: [] }), /not both/],
  ])('%s', (_what, doc, message) => {
    const { code, faults } = problemOf(() => checkGoal(doc, registry));
    expect(code).toBe('invalid_goal');
    expect(faults).toEqual([{ path: 'ask', message: expect.stringMatching(message) as string }]);
  });

  it('a document with neither is told of both', () => {
    const doc = { apiVersion: 'sluice/v1', goal: 'g' };
    expect(isAskDocument(doc)).toBe(false);
    const { faults } = problemOf(() => checkGoal(doc, registry));
    expect(faults).toEqual([{ path: 'steps', message: 'a goal has `steps`, or an `ask` in plain words' }]);
  });
});
