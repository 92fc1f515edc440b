import type { ParamValue } from '../../../schemas/goal';
import { type BackfillView, doneText } from '../../core/schedules/backfills';
import { paramsText } from '../../core/schedules/left-out';
import type { BackfillPlan, BackfillRun } from '../../core/schedules/plan-backfill';
import { counted, moment } from './numbers';
import { field, plainDeep, type Style } from './style';

/** So many runs are listed one by one; of more, the first and the last. */
const LISTED = 14;

/** `6 runs, day = 2024-11-19 … 2024-11-24`, what each gets, and what no run gets. */
export function renderPlan(given: BackfillPlan, style: Style): string {
  const { goal, runs, leftOut } = plainDeep(given);
  const { paint } = style;
  const lines =
    runs.length <= LISTED
      ? runs.map(runText)
      : [
          ...runs.slice(0, LISTED / 2).map(runText),
          `… ${counted(runs.length - LISTED, 'more run')}`,
          ...runs.slice(-LISTED / 2).map(runText),
        ];
  const different = new Set(runs.map(({ params }) => paramsText(params))).size;
  return [
    `${paint.bold(goal)}: ${counted(runs.length, 'run')}, ${spans(runs)}`,
    ...lines.map((line) => `  ${line}`),
    ...(different === runs.length
      ? []
      : [paint.yellow(`! Only ${different} of them differ in what they get: the others do the same again.`)]),
    ...leftOut.map(({ time, params }) =>
      paint.yellow(
        `! No run gets ${paramsText(params)}: the clock does not show ${time}. By hand: sluice apply FILE ${byHand(params)}`,
      ),
    ),
  ].join('\n');
}

const runText = ({ time, params }: BackfillRun): string => `${time}  ${paramsText(params)}`;

const byHand = (params: Record<string, ParamValue>): string =>
  Object.entries(params)
    .map(([name, value]) => `--param ${name}=${value}`)
    .join(' ');

/** `day = 2024-11-19 … 2024-11-24` */
function spans(runs: readonly BackfillRun[]): string {
  const [first, last] = [runs[0]!.params, runs.at(-1)!.params];
  return Object.entries(first)
    .map(([name, value]) =>
      value === last[name] ? `${name} = ${value}` : `${name} = ${value} … ${last[name]}`,
    )
    .join(', ');
}

/** A block each: how far it is, and of what. */
export function renderBackfills(given: readonly BackfillView[], style: Style): string {
  if (given.length === 0) return 'No backfills.';
  return plainDeep([...given])
    .map((view) =>
      [
        `${style.paint.bold(view.goal)} ${stateText(view)}`,
        field('times', `${view.from} to ${view.to}`, style, { whole: true }),
        ...(view.running.length > 0 ? [field('running', view.running.join(', '), style)] : []),
        ...(view.lastFailed === undefined ? [] : [field('failed', `last ${view.lastFailed}`, style)]),
        field('started', `${moment(view.startedAt)} by ${view.by}`, style),
      ].join('\n'),
    )
    .join('\n');
}

/** `goes on: 2 of 6 runs, 1 of them failed` */
export function stateText(view: BackfillView): string {
  const state = {
    running: 'goes on',
    paused: 'is paused',
    done: 'is through',
    cancelled: 'was cancelled',
    stopped: 'stopped at a failed run',
  }[view.state];
  return `${state}: ${doneText(view)}`;
}
