import { registry } from '../../capabilities/registry';
import { checkGoal } from '../../capabilities/document';
import { evalBench, type EvalBench } from './engine/bench';
import { proveTask } from './prove';
import { says } from './ask/evaluate';
import { byKind, changed, lines, type Report } from './report/report';
import { KINDS, mutated, type GoalTask } from './task';
import { TASKS } from './tasks';

const goals = TASKS.filter((task): task is GoalTask => task.ends === 'goal');

describe('the tasks of the evaluation', () => {
  it('are forty and more, of every kind, each with its own id and words', () => {
    expect(TASKS.length).toBeGreaterThanOrEqual(40);
    expect(new Set(TASKS.map(({ kind }) => kind))).toEqual(new Set(KINDS));
    expect(new Set(TASKS.map(({ id }) => id)).size).toBe(TASKS.length);
    expect(new Set(TASKS.map(({ words }) => words)).size).toBe(TASKS.length);
  });

  it.each(goals.map((task) => [task.id, task] as const))(
    '%s has a valid reference, and mutations of it',
    (_, task) => {
      expect(() => checkGoal({ apiVersion: 'sluice/v1', ...task.reference }, registry)).not.toThrow();
      expect(task.mutations.length).toBeGreaterThan(0);
      for (const mutation of task.mutations)
        expect(mutated(task.reference, mutation)).not.toEqual(task.reference);
    },
  );
});

describe('a task is proven by execution', () => {
  let bench: EvalBench;
  beforeAll(async () => {
    bench = await evalBench();
  });
  afterAll(() => bench?.close());
  const task = (id: string): GoalTask => goals.find((one) => one.id === id)!;

  it.each(['model-never-sold', 'check-emails-unique'])(
    '%s: its reference passes and is taken back whole, a broken one fails',
    async (id) => {
      const { mutations, ...rest } = task(id);
      expect(await proveTask(bench, { ...rest, mutations: mutations.slice(0, 1) })).toEqual([]);
    },
  );

  it('and one whose reference is wrong is not', async () => {
    const { reference, ...rest } = task('check-emails-unique');
    const wrong = structuredClone(reference);
    wrong.steps[0]!.check = { sql: 'select 1 where false' };
    expect(await proveTask(bench, { ...rest, reference: wrong, mutations: [] })).toEqual([
      expect.stringMatching(/does not see: insert into shop.customers/),
    ]);
  });
});

describe('the report', () => {
  const result = (id: string, ok: boolean) => ({
    ...{ id, kind: 'load' as const, ok, wrong: ok ? [] : ['no'], status: 'answered' },
    ...{ calls: 2, repairs: 0, tokens: 100, money: 0.01, seconds: 1 },
  });
  const report = (results: Report['results']): Report => ({
    measuredAt: '',
    commit: '',
    answers: 'recorded',
    results,
  });

  it('counts by kind and in all', () => {
    expect(byKind([result('a', true), result('b', false)])).toMatchObject([
      { kind: 'load', tasks: 2, ok: 1, calls: 4, tokens: 200 },
      { kind: 'all', tasks: 2, ok: 1 },
    ]);
  });

  it('says what changed since an older one', () => {
    const [old, now] = [
      report([result('a', true), result('b', false)]),
      report([result('a', false), result('b', true), result('c', true)]),
    ];
    expect(changed(now, old)).toEqual(['- a fails now: no', '+ b succeeds now', '+ c: new, succeeds']);
    expect(lines(now, old)[0]).toEqual([
      'load',
      '3 (was 2)',
      '2 (was 1)',
      '6 (was 4)',
      '0',
      '300 (was 200)',
      '0.030 (was 0.020)',
      '1.0',
    ]);
  });

  it('finds a fact in an answer, however it is written', () => {
    expect(says('There were 27,004 flights.', '27004')).toBe(true);
    expect(says('127004 flights', '27004')).toBe(false);
    expect(says('carrier UA leads', 'UA')).toBe(true);
  });
});
