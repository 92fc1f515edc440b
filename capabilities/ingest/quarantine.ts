import { fail, type Fault } from '../../schemas/errors';
import type { IngestBody } from './body';
import type { IngestInput } from './input';
import type { BadRecord } from './scan/record';

/** Places that a message names; the rest is counted. */
const SHOWN = 10;

/** What did not fit, while looking: how much, and where the first of it is. */
export class Rejects {
  total = 0;
  readonly first: Fault[] = [];

  add(file: string, { line, column, reason }: BadRecord): void {
    this.total++;
    if (this.first.length < SHOWN) this.first.push({ path: place(file, line, column), message: reason });
  }

  /** `flights.csv:12:dep_time: not a bigint; …` */
  describe(): string {
    const shown = this.first.map(({ path, message }) => `${path}: ${message}`).join('; ');
    return this.total > this.first.length
      ? `${shown}; and ${count(this.total - this.first.length)} more`
      : shown;
  }
}

/** `file:line` or `file:line:column`. */
export function place(file: string, line: number, column: string): string {
  return column === '' ? `${file}:${line}` : `${file}:${line}:${column}`;
}

export function limitOf(quarantine: IngestInput['quarantine']): IngestBody['quarantine'] {
  const { limit } = quarantine;
  return typeof limit === 'number' ? { rows: limit } : { share: Number(limit.replace(/ ?%$/, '')) / 100 };
}

/**
 * Throws `source_invalid` when no row may be set aside and one would have to be, `quarantine_exceeded` beyond a limit, or
 * when all rows would be set aside.
 */
export function assertWithin(limit: IngestBody['quarantine'], rejects: Rejects, records: number): void {
  const allowed = limit.rows ?? Math.floor(limit.share! * records);
  if (rejects.total > 0 && rejects.total === records && allowed >= records) {
    throw fail('quarantine_exceeded', `None of the ${count(records)} rows fits: ${rejects.describe()}.`, {
      next: 'Correct the source, or how it is read (`delimiter`, `header`, `nulls`, `types`): a load that sets every row aside loads nothing.',
      place: rejects.first[0]?.path,
      faults: rejects.first,
    });
  }
  if (rejects.total <= allowed) return;
  const declared =
    limit.rows === undefined
      ? `${round(limit.share! * 100)}% of ${count(records)} rows`
      : `${count(limit.rows)} rows`;
  const share = Math.ceil((rejects.total / records) * 1_000) / 10;
  const found = `${count(rejects.total)} of ${count(records)} rows do not fit`;
  throw fail(
    limit.rows === 0 ? 'source_invalid' : 'quarantine_exceeded',
    limit.rows === 0
      ? `${found}: ${rejects.describe()}.`
      : `${found}, more than the ${count(allowed)} that may be set aside (${declared}): ${rejects.describe()}.`,
    {
      next: `Correct them, or let them be set aside in sluice.quarantine: \`quarantine: { limit: ${rejects.total} }\` or \`"${round(share)}%"\`.`,
      place: rejects.first[0]?.path,
      faults: rejects.first,
    },
  );
}

function round(value: number): string {
  return String(Math.round(value * 10_000) / 10_000);
}

/** 27,004: the same on every machine. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}
