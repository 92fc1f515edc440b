import { registry } from '../../capabilities/registry';
import { checkGoal } from '../../capabilities/document';
import type { EvalBench } from './engine/bench';
import { askBench } from './main';
import { proveTask } from './prove';
import { evaluate, says } from './ask/evaluate';
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

describe('by execution', () => {
  let bench: EvalBench;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ bench, close } = await askBench(TASKS, { days: 2 }));
  });
  afterAll(() => close?.());
  const task = (id: string): GoalTask => goals.find((one) => one.id === id)!;

  it.each(['check-emails-unique'])(
    '%s is proven: its reference passes and is taken back whole, a broken one fails',
    async (id) => {
      const { mutations, ...rest } = task(id);
      expect(await proveTask(bench, { ...rest, mutations: mutations.slice(0, 1) })).toEqual([]);
    },
  );

  it.each(['model-never-sold', 'question-cancelled', 'ambiguous-schedule', 'forbidden-grant'])(
    '%s is asked in plain words, and what came of it is right',
    async (id) => {
      const result = await evaluate(
        bench,
        TASKS.find((one) => one.id === id)!,
      );
      expect(result).toMatchObject({ ok: true, wrong: [], repairs: 0 });
      expect(result.calls).toBeGreaterThan(0);
    },
  );
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
