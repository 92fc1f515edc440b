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
      return [
        `-- unless a view, foreign key, trigger, publication or the like hangs on ${step.relation}, a copy takes its place, and readers wait for a moment:`,
        ...[
          ...step.make,
          showBare(step.fill),
          ...step.finish,
          `lock table ${step.relation} in access exclusive mode`,
        ],
        ...[...step.exchange, ...step.last],
        `-- else, instead of these statements, readers wait until the end:`,
        ...step.or.map((each) => showStep(each).replace(/^/gm, '-- ')),
      ]
        .map((line) => (line.startsWith('--') ? line : `${line};`))
        .join('\n');
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
