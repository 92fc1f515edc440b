import { stringify } from 'yaml';
import type { AskDocument } from '../../../schemas/ask';
import { moneyText } from '../../../schemas/budget-text';
import { field, plainDeep, type Style } from './style';
import { counted } from './numbers';

/** The goal document as a file would hold it. */
export function goalText(document: Record<string, unknown>): string {
  return stringify(document, { lineWidth: 100 });
}

/** What came of an ask, for people. */
export function renderAsk(given: AskDocument, style: Style, { withGoal = true } = {}): string {
  const ask = plainDeep(given);
  const { paint } = style;
  const list = (label: string, texts: readonly string[], colour = (line: string) => line): string[] =>
    texts.map((text, index) => field(index === 0 ? label : '', text, style, { colour }));
  const lines = [
    `${paint.bold(ask.askId)}  ${colourOf(ask, style)(ask.status)}`,
    ...(withGoal && ask.document
      ? [
          '',
          ...goalText(ask.document)
            .trimEnd()
            .split('\n')
            .map((line) => `    ${line}`),
          '',
        ]
      : []),
    ...(ask.answer === undefined ? [] : ['', ...ask.answer.split('\n'), '']),
    ...(ask.explanation === undefined ? [] : [field('why', ask.explanation, style)]),
    ...list('assumes', ask.assumptions, paint.yellow),
    ...ask.questions.flatMap((question) => questionLines(question, style)),
    ...list(
      'BEYOND',
      ask.beyond.map(
        ({ name, step, reason }) => `${name}${step === undefined ? '' : ` (step ${step})`}: ${reason}`,
      ),
      (line) => paint.bold(paint.red(line)),
    ),
    ...list(
      'from',
      ask.citations.map(({ source, title, why }) => `${title} [${source}]: ${why}`),
      paint.dim,
    ),
    field('spent', spentText(ask), style, { colour: paint.dim }),
  ];
  return lines.join('\n');
}

export function questionLines(
  { question, why, options, default: otherwise }: AskDocument['questions'][number],
  style: Style,
): string[] {
  const { paint } = style;
  return [
    field('asks', question, style, { colour: paint.bold }),
    ...(why === '' ? [] : [field('', why, style, { colour: paint.dim })]),
    ...(options ?? []).map((option, index) => field('', `${index + 1}  ${option}`, style)),
    ...(otherwise === undefined
      ? []
      : [field('', `without an answer: ${otherwise}`, style, { colour: paint.dim })]),
  ];
}

/** `3 calls, 12,400 tokens, $0.05, 8 s` */
export function spentText({ usage, repairs }: Pick<AskDocument, 'usage' | 'repairs'>): string {
  const tokens = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.outputTokens;
  return [
    `${counted(usage.calls, 'call')} of the model`,
    ...(usage.cached > 0 ? [`${usage.cached} answered from the cache`] : []),
    `${tokens.toLocaleString('en')} tokens`,
    moneyText(usage.money),
    `${Math.round(usage.seconds)} s`,
    ...(repairs > 0 ? [counted(repairs, 'repair')] : []),
  ].join(', ');
}

function colourOf({ status }: AskDocument, { paint }: Style): (text: string) => string {
  if (status === 'answered') return paint.green;
  if (status === 'asking' || status === 'over_budget' || status === 'thinking') return paint.yellow;
  return paint.red;
}
