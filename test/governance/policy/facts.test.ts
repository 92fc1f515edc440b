import { classesOf } from '../../../governance/policy/classify';
import { factsOf } from '../../../governance/policy/facts';
import { fits, mayMeet } from '../../../governance/policy/glob';
import { configSchema } from '../../../schemas/config';
import type { Step } from '../../../schemas/goal';
import { change } from '../../client/support/proposals';

describe('the classes of what a change touches', () => {
  const config = configSchema.parse({
    classification: { 'raw.people': 'pii', 'crm.*.iban': ['financial'], '*.secret_*': 'secret' },
    connections: {
      crm: {
        kind: 'postgres',
        database: 'crm',
        readUser: 'r',
        classification: { 'public.customers': 'pii', 'public.cards': 'pci' },
      },
      drop: { kind: 'files', root: '/srv/drop', classification: { 'people/*': 'pii' } },
    },
  });
  const from = (source: object): Step => ({ id: 's', needs: [], kind: 'ingest', input: { from: source } });
  it.each<[string, { reads?: string[]; writes?: string[]; step?: Step }, string[]]>([
    ['a relation', { writes: ['raw.people'] }, ['pii']],
    ['what is only read', { reads: ['raw.people'], writes: ['marts.t'] }, ['pii']],
    ['a column of it', { writes: ['crm.accounts'] }, ['financial']],
    ['a pattern', { writes: ['x.secret_plans'] }, ['secret']],
    ['nothing that is declared', { writes: ['raw.weather'] }, []],
    [
      'a source table, wherever it is loaded to',
      { writes: ['raw.x'], step: from({ postgres: 'crm', table: 'customers' }) },
      ['pii'],
    ],
    [
      'another table there',
      { writes: ['raw.x'], step: from({ postgres: 'crm', table: 'public.orders' }) },
      [],
    ],
    [
      'a query, which may read anything there',
      { writes: ['raw.x'], step: from({ postgres: 'crm', query: 'select 1' }) },
      ['pci', 'pii'],
    ],
    ['files', { writes: ['raw.x'], step: from({ connection: 'drop', files: ['people/a.csv'] }) }, ['pii']],
    [
      'a glob that may mean them',
      { writes: ['raw.x'], step: from({ connection: 'drop', files: ['*.csv'] }) },
      ['pii'],
    ],
    [
      'a glob that cannot mean them',
      { writes: ['raw.x'], step: from({ connection: 'drop', files: ['orders/{a,b}-[0-9].csv'] }) },
      [],
    ],
    [
      'a glob that covers them',
      { writes: ['raw.x'], step: from({ connection: 'drop', files: ['*'] }) },
      ['pii'],
    ],
  ])('by %s', (_what, { reads = [], writes = [], step }, expected) => {
    expect(classesOf({ reads, writes, step }, undefined, [config])).toEqual(expected);
  });

  it('are those that the goal and every configuration declare', () => {
    const touched = { reads: [], writes: ['raw.people'] };
    expect(
      classesOf(touched, { classification: { 'raw.*': ['gdpr'] } }, [configSchema.parse({}), config]),
    ).toEqual(['gdpr', 'pii']);
  });
});

describe('a glob', () => {
  it.each<[string, string, boolean]>([
    ['raw.*', 'raw.t', true],
    ['raw.*', 'raw2.t', false],
    ['*.t', 'raw.t', true],
    ['raw.t', 'rawxt', false],
    ['a*b*c', 'aXbbYc', true],
    ['a*b*c', 'aXcYb', false],
    ['', '', true],
    ['*', 'anything', true],
  ])('%s on %s', (glob, name, expected) => {
    expect(fits(glob, name)).toBe(expected);
  });
});

describe('two globs may mean the same file', () => {
  it.each<[string, string, boolean]>([
    ['people/*', '*.csv', true],
    ['people/*', 'p?ople/a', true],
    ['people/*', '{people,staff}/a.csv', true],
    ['people/*', 'staff/*.csv', false],
    ['*.csv', 'a.json', false],
    ['a*c', 'ab*', true],
    ['', '*', true],
  ])('%s and %s', (glob, files, expected) => {
    expect(mayMeet(glob, files)).toBe(expected);
  });
});

describe('the facts of a proposal', () => {
  const about = {
    environment: 'dev' as const,
    goal: 'g',
    author: 'ann',
    authorVerified: true,
    asked: false,
    simulated: false,
    beyond: 0,
  };
  const facts = (changes: Parameters<typeof change>[0][], price?: { perGB: number; perHour: number }) =>
    factsOf(changes.map(change), about, () => [], price);

  it('has sums over what writes, and leaves out what has nothing to do', () => {
    const noop = { noop: true, estimate: { rows: 5 } };
    const check = { risk: 'read' as const, estimate: {} };
    expect(
      facts([{ estimate: { rows: 1, bytes: 10 } }, { estimate: { rows: 2, bytes: 20 } }, noop, check]),
    ).toMatchObject({
      rows: 3,
      bytes: 30,
      changes: [{}, {}, { risk: 'read' }],
    });
  });

  it('does not know a sum of which a part is not known', () => {
    expect(facts([{ estimate: { rows: 1 } }, { estimate: {} }])).not.toHaveProperty('rows');
  });

  it('has what it costs where the warehouse has a price', () => {
    const price = { perGB: 2, perHour: 36 };
    expect(facts([{ estimate: { bytes: 3e9, seconds: 100 } }], price).money).toBeCloseTo(7);
    expect(facts([{ estimate: { bytes: 3e9 } }], price)).not.toHaveProperty('money');
    expect(facts([{ estimate: {} }]).money).toBe(0);
  });
});
