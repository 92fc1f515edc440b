import type { Result } from '../ask/evaluate';
import { KINDS, type Kind } from '../task';

export interface Report {
  measuredAt: string;
  commit: string;
  /** `recorded` answers, or the models that answered. */
  answers: string;
  results: Result[];
}

export interface OfKind {
  kind: Kind | 'all';
  tasks: number;
  ok: number;
  calls: number;
  repairs: number;
  tokens: number;
  money: number;
  /** Of one ask, the median. */
  seconds: number;
}

export function byKind(results: readonly Result[]): OfKind[] {
  const kinds = KINDS.filter((kind) => results.some((one) => one.kind === kind));
  return [
    ...kinds.map((kind) =>
      sum(
        kind,
        results.filter((one) => one.kind === kind),
      ),
    ),
    sum('all', results),
  ];
}

function sum(kind: OfKind['kind'], results: readonly Result[]): OfKind {
  const total = (pick: (result: Result) => number) => results.reduce((all, one) => all + pick(one), 0);
  const seconds = results.map((one) => one.seconds).sort((a, b) => a - b);
  return {
    kind,
    tasks: results.length,
    ok: results.filter((one) => one.ok).length,
    calls: total((one) => one.calls),
    repairs: total((one) => one.repairs),
    tokens: total((one) => one.tokens),
    money: total((one) => one.money),
    seconds: seconds[Math.floor(seconds.length / 2)] ?? 0,
  };
}

export const HEAD = ['kind', 'tasks', 'succeeded', 'calls', 'repairs', 'tokens', 'cost', 'seconds'];

/** One line per kind; with an older report, what changed since. */
export function lines(report: Report, old?: Report): string[][] {
  const before = new Map((old ? byKind(old.results) : []).map((one) => [one.kind, one]));
  return byKind(report.results).map((one) => {
    const was = before.get(one.kind);
    const cell = (now: number, then: number | undefined, show = (value: number) => String(value)) =>
      then === undefined || show(then) === show(now) ? show(now) : `${show(now)} (was ${show(then)})`;
    return [
      one.kind,
      cell(one.tasks, was?.tasks),
      cell(one.ok, was?.ok),
      cell(one.calls, was?.calls),
      cell(one.repairs, was?.repairs),
      cell(one.tokens, was?.tokens),
      cell(one.money, was?.money, (value) => value.toFixed(3)),
      cell(one.seconds, was?.seconds, (value) => value.toFixed(1)),
    ];
  });
}

/** Tasks that went another way than in the older report. */
export function changed(report: Report, old: Report): string[] {
  const before = new Map(old.results.map((one) => [one.id, one]));
  return report.results.flatMap((one) => {
    const was = before.get(one.id);
    if (was === undefined) return [`+ ${one.id}: new, ${one.ok ? 'succeeds' : one.wrong[0]}`];
    if (was.ok === one.ok) return [];
    return [one.ok ? `+ ${one.id} succeeds now` : `- ${one.id} fails now: ${one.wrong[0]}`];
  });
}
