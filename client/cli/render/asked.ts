import type { Asked } from '../../../schemas/ask';
import { field, hanging, type Style } from './style';

/** What was asked for in plain words, what was made of it, and what of that nobody asked for. */
export function renderAsked(asked: Asked | undefined, style: Style): string[] {
  if (!asked) return [];
  const { paint } = style;
  const list = (label: string, texts: readonly string[], colour = (line: string) => line): string[] =>
    texts.map((text, index) => field(index === 0 ? label : '', text, style, { colour }));
  const { recovers } = asked;
  return [
    '',
    field('asked', `“${asked.text}” (by ${asked.by})`, style, { colour: paint.bold }),
    field('answer', asked.explanation, style),
    ...(recovers
      ? [
          field('recovers', `${recovers.runId}: ${recovers.cause}`, style, { colour: paint.yellow }),
          ...list('evidence', recovers.evidence),
          ...diffLines(recovers.diff, style),
        ]
      : []),
    ...list('assumes', asked.assumptions, paint.yellow),
    ...list('asks', asked.questions, paint.yellow),
    ...list(
      'BEYOND',
      asked.beyond.map(
        ({ name, step, reason }) => `${name}${step === undefined ? '' : ` (step ${step})`}: ${reason}`,
      ),
      (line) => paint.bold(paint.red(line)),
    ),
    ...list(
      'from',
      asked.citations.map(({ source, title, why }) => `${title} [${source}]: ${why}`),
      paint.dim,
    ),
  ];
}

/** The change to the goal, coloured as diffs are. */
function diffLines(diff: string, style: Style): string[] {
  const { paint } = style;
  return diff.split('\n').map((line) => {
    const colour = line.startsWith('+') ? paint.green : line.startsWith('-') ? paint.red : paint.dim;
    return hanging('    ', 4, colour(line), style);
  });
}
