import type { Fault, Problem } from '../../../schemas/errors';
import { field, plainDeep, type Style } from './style';

/** What went wrong, each fault with its place, what is true now, and what to do. */
export function renderProblem(given: Problem, style: Style): string {
  const problem = plainDeep(given);
  const { paint } = style;
  const { code, message, step, place, faults = [], state, next } = problem;
  const where = [
    ...(step === undefined ? [] : [`step ${step}`]),
    ...(place === undefined || faults.length > 0 ? [] : [place]),
  ];
  const head = `${paint.bold(paint.red(`✗ ${code}`))}${where.length === 0 ? '' : paint.dim(` (${where.join(', ')})`)}`;
  return [
    head,
    field('', message, style, { column: 0 }),
    ...renderFaults(faults, style),
    ...(state === '' ? [] : [field('now', state, style)]),
    ...(next === '' ? [] : [field('next', next, style, { colour: paint.bold })]),
  ].join('\n');
}

/** One line a fault: `goal.yaml:12:7  steps[1].ingest.mode  is not …`. */
function renderFaults(faults: readonly Fault[], { paint }: Style): string[] {
  const place = (fault: Fault): string => fault.place ?? fault.path;
  const width = Math.max(0, ...faults.map((fault) => place(fault).length));
  return faults.map((fault) => {
    const path =
      fault.place !== undefined && fault.path !== '(document)' ? `${paint.cyan(fault.path)}: ` : '';
    return `    ${paint.bold(place(fault).padEnd(width))}  ${path}${fault.message}`;
  });
}
