import type { UndoStep } from './plan';

/** An undo as SQL that a person can read, and an operator run by hand from top to bottom. */
export function showUndo(steps: readonly UndoStep[]): string {
  return steps.map(showStep).join('\n');
}

function showStep(step: UndoStep): string {
  switch (step.do) {
    case 'refuse':
      return `-- stop unless this gives 0 (${step.because.replace('{n} ', '')}):\n${step.sql};`;
    case 'run':
      return `${step.sql};`;
    case 'by load':
      return `${showBare(step)};`;
    case 'swap':
      return [showSwap(step), ...step.or.map(showStep)].join('\n');
    case 'sequence':
      return [
        `-- only if ${step.sequence} still stands at ${step.left.last}:`,
        `alter sequence ${step.sequence} restart;`,
        `select setval('${step.sequence.replaceAll("'", "''")}', ${step.was.last}, ${step.was.called});`,
      ].join('\n');
  }
}

/** The rows of all loads at once. */
const showBare = (step: Extract<UndoStep, { do: 'by load' }>): string => step.sql.replace('{mine}', 'true');

/** Beside what an operator runs by hand, which goes whatever hangs on the table. */
function showSwap(step: Extract<UndoStep, { do: 'swap' }>): string {
  const { relation, make, fill, finish, exchange, last } = step;
  const lock = `lock table ${relation} in access exclusive mode`;
  const statements = [...make, showBare(fill), ...finish, lock, ...exchange, ...last].map((sql) => `${sql};`);
  return [
    `Where no view, foreign key, trigger, publication or the like hangs on ${relation}, Sluice builds a copy of it as it was`,
    'and puts it in its place, so that readers wait for a moment:',
    ...statements,
    'Elsewhere, and by hand, the table itself is changed back, and readers wait meanwhile:',
  ]
    .join('\n')
    .replace(/^/gm, '-- ');
}
