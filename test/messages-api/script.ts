import type { Answer } from './answer';
import type { FaultSpec } from './faults';
import type { RequestView } from './request';

type Text = string | RegExp;

/** All that is given must hold. A string is contained in the text; letters' case does not matter. */
export interface Match {
  model?: Text;
  system?: Text;
  /** The last user turn's own words. */
  text?: Text;
  /** Any user turn's words. */
  words?: Text;
  /** A tool is offered. */
  offers?: string;
  /** The last user turn answers a call of this tool … */
  result?: string;
  /** … and one of its results has this text. */
  resultText?: Text;
  isError?: boolean;
  /** How many assistant turns there were; unlike an order of answers it holds for a call that is made again. */
  turn?: number;
  test?: (request: RequestView) => boolean;
}

export interface Rule {
  when?: Match | ((request: RequestView) => boolean);
  /** One answer for every time, a list for one after the other, or a function of the request. */
  answer?: Answer | Answer[] | ((request: RequestView) => Answer | Promise<Answer>);
  fault?: FaultSpec;
  /** How often the rule holds. Default: always; of a list, once for each of its answers. */
  times?: number;
}

/** An answer by itself is a rule that holds once. */
export type ScriptLine = Rule | Answer;

interface Line {
  rule: Rule;
  used: number;
  times: number;
}

/** Answers by rules: the first that holds and is not used up. */
export class Script {
  private lines: Line[] = [];

  set(lines: readonly ScriptLine[]): void {
    this.lines = [];
    this.add(lines);
  }

  add(lines: readonly ScriptLine[]): void {
    for (const line of lines) {
      const rule: Rule = isRule(line) ? line : { answer: line, times: 1 };
      const many = Array.isArray(rule.answer) ? rule.answer.length : Infinity;
      this.lines.push({ rule, used: 0, times: rule.times ?? many });
    }
  }

  get size(): number {
    return this.lines.length;
  }

  /** Rules that hold a bounded number of times and were not used so often. */
  get left(): number {
    return this.lines.filter((line) => Number.isFinite(line.times) && line.used < line.times).length;
  }

  async answer(request: RequestView): Promise<Answer | undefined> {
    const line = this.lines.find((one) => one.used < one.times && holds(one.rule.when, request));
    if (!line) return undefined;
    line.used += 1;
    const { answer, fault } = line.rule;
    const given =
      typeof answer === 'function'
        ? await answer(request)
        : Array.isArray(answer)
          ? answer[Math.min(line.used, answer.length) - 1]!
          : (answer ?? { text: 'Never said.' });
    return fault === undefined ? given : { ...given, fault };
  }
}

function isRule(line: ScriptLine): line is Rule {
  return 'when' in line || 'answer' in line || 'times' in line;
}

function holds(when: Rule['when'], request: RequestView): boolean {
  if (when === undefined) return true;
  if (typeof when === 'function') return when(request);
  const { result, resultText } = when;
  const results = request.results.filter((one) => result === undefined || one.name === result);
  return (
    has(when.model, request.model) &&
    has(when.system, request.system) &&
    has(when.text, request.text) &&
    has(when.words, request.words) &&
    (when.offers === undefined || request.tools.includes(when.offers)) &&
    (result === undefined || results.length > 0) &&
    (resultText === undefined || results.some((one) => has(resultText, one.text))) &&
    (when.isError === undefined || results.some((one) => one.isError === when.isError)) &&
    (when.turn === undefined || when.turn === request.turn) &&
    (when.test === undefined || when.test(request))
  );
}

function has(wanted: Text | undefined, text: string): boolean {
  if (wanted === undefined) return true;
  if (typeof wanted === 'string') return text.toLowerCase().includes(wanted.toLowerCase());
  return new RegExp(wanted.source, wanted.flags.replace(/[gy]/g, '')).test(text);
}
