import { scrub } from '../../../governance/redact';
import type { ValueKind } from './kinds';
import { shape } from './shape';

/**
 * How the values of a column are shown. `numbers`: as they are. `month`: dates, only their year and month. `codes`: a
 * value that is a known short code as it is, any other by its shape. `query`: a text that the query itself made, of
 * numbers, dates and its own words. `shape`: by its shape. `kind`: only whether there is a value. `hidden`: sensitive.
 */
export type Showing = 'numbers' | 'month' | 'codes' | 'query' | 'shape' | 'kind' | 'hidden';

/** By what the type can hold; `codes` and `query` are decided by whoever knows where the value comes from. */
export function showingOf(kind: ValueKind): Showing {
  switch (kind) {
    case 'number':
    case 'boolean':
      return 'numbers';
    case 'date':
      return 'month';
    case 'time':
      return 'numbers';
    case 'enum':
      // Labels are part of the type, like names of columns.
      return 'query';
    case 'text':
      return 'shape';
    case 'other':
      return 'kind';
  }
}

export interface ShownColumn {
  name: string;
  type: string;
  showing: Showing;
  codes?: ReadonlySet<string>;
}

/** Characters of a value that are fetched at all. */
export const FETCHED = 64;

/** A value, as text and cut to {@link FETCHED} characters, as a model is shown it. `length`: of the whole. */
export function masked(
  text: string | null,
  length: number,
  { showing, codes, type }: Pick<ShownColumn, 'showing' | 'codes' | 'type'>,
): string | number | boolean | null {
  if (text === null) return null;
  switch (showing) {
    case 'numbers':
      return number(text, length);
    case 'month':
      return /^\d{4,}-\d{2}/.exec(text)?.[0] ?? shape(text, length);
    case 'codes':
      return codes?.has(text) ? text : shape(text, length);
    case 'query':
      return length > FETCHED ? `${scrub(text)}…` : scrub(text);
    case 'shape':
      return shape(text, length);
    case 'kind':
      return `(${type}, ${length} characters as text)`;
    case 'hidden':
      return '(hidden)';
  }
}

/** What numbers, amounts of money, times and intervals are printed with, and nothing else. */
const NUMERIC = /^[-+.,:$\d\s]*(?:(?:years?|mons?|days?|NaN|Infinity|e)[-+.,:\d\s]*)*$/;

/** Numbers, truth values and times of day; whatever else the type's text should be is shown by its shape. */
function number(text: string, length: number): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^-?\d{1,15}(\.\d{1,12})?$/.test(text) && String(Number(text)).length <= 17) return Number(text);
  return length <= FETCHED && NUMERIC.test(text) ? text : shape(text, length);
}
