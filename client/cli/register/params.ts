import { InvalidArgumentError } from 'commander';
import type { GivenParams } from '../../../capabilities/params';
import { DURATION, durationMs } from '../../../schemas/duration';

/** `--param name=value`, several times; the value stays text, the goal says what type it is. */
export function param(text: string, before: GivenParams = {}): GivenParams {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It is written name=value.');
  const name = text.slice(0, at);
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`"${name}" is given twice.`);
  return { ...before, [name]: text.slice(at + 1) };
}

/** `30d` as milliseconds. */
export function duration(text: string): number {
  if (!DURATION.test(text)) throw new InvalidArgumentError('It is a span of time like 12h or 30d.');
  return durationMs(text);
}

/** A bound: a whole number that may be 0; `_` and `,` between digits are for the eye. */
export function bound(text: string): number {
  const digits = text.replace(/(?<=\d)[_,](?=\d)/g, '');
  if (!/^\d{1,15}$/.test(digits)) throw new InvalidArgumentError('It is a whole number.');
  return Number(digits);
}

export function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) throw new InvalidArgumentError('It is a port, 0 to 65535.');
  return value;
}

export function positive(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 10_000) {
    throw new InvalidArgumentError('It is a whole number from 1 to 10000.');
  }
  return value;
}
