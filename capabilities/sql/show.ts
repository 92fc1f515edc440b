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
      return `${step.sql.replace('{mine}', 'true')};`;
    case 'sequence':
      return [
        `-- only if ${step.sequence} still stands at ${step.left.last}:`,
        `alter sequence ${step.sequence} restart;`,
        `select setval('${step.sequence.replaceAll("'", "''")}', ${step.was.last}, ${step.was.called});`,
      ].join('\n');
  }
}
