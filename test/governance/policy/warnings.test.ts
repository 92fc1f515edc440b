import { parsePolicy } from '../../../governance/policy/parse';
import { warningsOf, type Known } from '../../../governance/policy/warnings';

const KINDS = ['ingest', 'sql', 'model', 'check'];
const warned = (rules: string, known: Partial<Known> = {}, more = ''): string[] =>
  warningsOf(parsePolicy(`${more}rules:\n${rules}`), { kinds: KINDS, ...known }).map(
    ({ rule, what }) => `${rule} ${what}`,
  );

describe('a rule is warned of', () => {
  it.each<[string, string, string[]]>([
    [
      'that bounds exclude',
      '- { name: r, when: { rows: { over: 10, upTo: 5 } }, decide: 2 }',
      ['r never_matches'],
    ],
    [
      'that reads and writes',
      '- { name: r, when: { risk: read, writes: "a.*" }, decide: 2 }',
      ['r never_matches'],
    ],
    [
      'whose exception covers it',
      '- { name: r, when: { risk: destructive, environment: dev }, unless: { environment: [dev, staging] }, decide: 2 }',
      ['r never_matches'],
    ],
    ['that excepts everything', '- { name: r, decide: 2, unless: {} }', ['r never_matches']],
    ['that asks for nothing', '- { name: r, when: { environment: dev }, decide: auto }', ['r no_effect']],
    [
      'that another covers',
      '- { name: all, decide: 2 }\n- { name: some, when: { environment: dev, goal: fin-daily }, decide: 1 }',
      ['some no_effect'],
    ],
    [
      'that stands twice',
      '- { name: a, when: { lossy: true }, decide: 2 }\n- { name: b, when: { lossy: true }, decide: 2 }',
      ['b no_effect'],
    ],
    [
      'about a kind that there is not',
      '- { name: r, when: { kind: ingets }, decide: 2 }',
      ['r unknown_kind'],
    ],
  ])('%s', (_what, rules, expected) => {
    expect(warned(rules)).toEqual(expected);
  });

  it.each<[string, string]>([
    [
      'that asks for more than the one that covers it',
      '- { name: all, decide: 1 }\n- { name: some, when: { lossy: true }, decide: 2 }',
    ],
    [
      'that matches what the other excepts',
      '- { name: most, unless: { environment: dev }, decide: 2 }\n- { name: dev, when: { environment: dev }, decide: 1 }',
    ],
    [
      'whose exception needs a figure that may not be known',
      '- { name: r, when: { rows: { over: 10 } }, unless: { rows: { over: 5 } }, decide: 2 }',
    ],
    [
      'about reads, beside one about writes',
      '- { name: all, decide: 2 }\n- { name: reads, when: { risk: read, classification: pii }, decide: 1 }',
    ],
  ])('but not one %s', (_what, rules) => {
    expect(warned(rules)).toEqual([]);
  });

  it('that matches in no case of the table', () => {
    const rules = '- { name: a, decide: 2 }\n- { name: b, when: { lossy: true }, decide: 3 }';
    expect(warned(rules, { matched: new Set(['a']) })).toEqual(['b matched_by_no_case']);
  });

  it('about a class that no data has', () => {
    expect(warned('- { name: r, when: { classification: pi }, decide: 2 }', { classes: ['pii'] })).toEqual([
      'r unknown_class',
    ]);
  });
});
