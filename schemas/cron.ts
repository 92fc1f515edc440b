/**
 * Cron expressions as Temporal's schedules understand them: 5 fields (minute, hour, day of month, month, day of week),
 * 6 (and a year) or 7 (seconds first), `@daily` and its like, `@every 15m`. Day of month and day of week must both
 * match when both are given (Temporal's rule; other crons match either).
 */
export type Cron = { kind: 'every'; ms: number; phaseMs: number } | CalendarCron;

export interface CalendarCron {
  kind: 'calendar';
  second: ReadonlySet<number>;
  minute: ReadonlySet<number>;
  hour: ReadonlySet<number>;
  dayOfMonth: ReadonlySet<number>;
  month: ReadonlySet<number>;
  /** 0 is Sunday. */
  dayOfWeek: ReadonlySet<number>;
  /** Absent: every year. */
  year?: ReadonlySet<number>;
}

const DAY_MS = 86_400_000;

interface Field {
  name: string;
  from: number;
  to: number;
  names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const SECOND: Field = { name: 'second', from: 0, to: 59 };
const MINUTE: Field = { name: 'minute', from: 0, to: 59 };
const HOUR: Field = { name: 'hour', from: 0, to: 23 };
const DAY_OF_MONTH: Field = { name: 'day of month', from: 1, to: 31 };
const MONTH: Field = { name: 'month', from: 1, to: 12, names: MONTHS };
const DAY_OF_WEEK: Field = { name: 'day of week', from: 0, to: 7, names: DAYS };
const YEAR: Field = { name: 'year', from: 2000, to: 2100 };

const MACROS: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Parses an expression; throws a RangeError that says in plain words what is wrong with it. */
export function parseCron(text: string): Cron {
  const trimmed = text.trim();
  if (trimmed.startsWith('@every')) return every(trimmed);
  if (trimmed.startsWith('@')) {
    const macro = MACROS[trimmed.toLowerCase()];
    if (macro === undefined) {
      throw new RangeError(`"${trimmed}" is none of ${Object.keys(MACROS).join(', ')}, @every 15m`);
    }
    return parseCron(macro);
  }
  if (/^(CRON_)?TZ=/.test(trimmed)) throw new RangeError('the time zone has a key of its own: timezone');
  const parts = trimmed.split(/\s+/);
  if (trimmed === '' || parts.length < 5 || parts.length > 7) {
    throw new RangeError('takes 5 fields: minute, hour, day of month, month, day of week');
  }
  const [second, minute, hour, dayOfMonth, month, dayOfWeek, year] =
    parts.length === 7 ? parts : ['0', ...parts];
  const cron: CalendarCron = {
    kind: 'calendar',
    second: values(second!, SECOND),
    minute: values(minute!, MINUTE),
    hour: values(hour!, HOUR),
    dayOfMonth: values(dayOfMonth!, DAY_OF_MONTH),
    month: values(month!, MONTH),
    dayOfWeek: new Set([...values(dayOfWeek!, DAY_OF_WEEK)].map((day) => day % 7)),
    ...(year === undefined || year === '*' ? {} : { year: values(year, YEAR) }),
  };
  assertSomeDay(cron, trimmed);
  return cron;
}

/** Whether a day (given as the midnight it would have in UTC) is one that an expression names. */
export function namesDay(cron: CalendarCron, day: number): boolean {
  const date = new Date(day);
  return (
    cron.dayOfMonth.has(date.getUTCDate()) &&
    cron.month.has(date.getUTCMonth() + 1) &&
    cron.dayOfWeek.has(date.getUTCDay()) &&
    (cron.year?.has(date.getUTCFullYear()) ?? true)
  );
}

function assertSomeDay(cron: CalendarCron, text: string): void {
  for (let day = Date.UTC(YEAR.from, 0, 1); day < Date.UTC(YEAR.to + 1, 0, 1); day += DAY_MS) {
    if (namesDay(cron, day)) return;
  }
  const monthsDays = [...cron.month].some((month) =>
    // The 29th of February is one in a leap year.
    [...cron.dayOfMonth].some((day) => new Date(Date.UTC(2000, month - 1, day)).getUTCDate() === day),
  );
  const [months, days] = [listed(cron.month), listed(cron.dayOfMonth)];
  throw new RangeError(
    monthsDays
      ? `"${text}" never comes: no day has this day of month, month, day of week and year`
      : `"${text}" never comes: month ${months} has no day ${days}`,
  );
}

const listed = (numbers: ReadonlySet<number>): string => [...numbers].sort((a, b) => a - b).join(', ');

function every(text: string): Cron {
  const match = /^@every\s+(\d+)([smhd])(?:\/(\d+)([smhd]))?$/.exec(text);
  const ms = (number?: string, unit?: string): number =>
    number === undefined ? 0 : Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS];
  if (!match || Number(match[1]) === 0)
    throw new RangeError('is written like "@every 15m" or "@every 1h/5m"');
  return { kind: 'every', ms: ms(match[1], match[2]), phaseMs: ms(match[3], match[4]) };
}

function values(text: string, field: Field): Set<number> {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d+))?$/i.exec(part);
    if (!match) throw new RangeError(`"${part}" is no ${field.name}`);
    const [, first = '', last, step] = match;
    if (first === '*' && last !== undefined) throw new RangeError(`"${part}" is no ${field.name}`);
    const from = first === '*' ? field.from : valueOf(first, field);
    // `5/15` goes on from 5 to the end, `5` is 5 alone.
    const open = first === '*' || (last === undefined && step !== undefined);
    const to = last !== undefined ? valueOf(last, field) : open ? field.to : from;
    const by = step === undefined ? 1 : Number(step);
    if (to < from) throw new RangeError(`"${part}" goes backwards`);
    if (by < 1) throw new RangeError(`"${part}" has a step of 0`);
    for (let value = from; value <= to; value += by) found.add(value);
  }
  return found;
}

function valueOf(text: string, { name, from, to, names }: Field): number {
  const named = names?.indexOf(text.slice(0, 3).toLowerCase()) ?? -1;
  if (named >= 0 && /^[a-z]+$/i.test(text)) return named + from;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < from || value > to) {
    throw new RangeError(`"${text}" is no ${name} (${from} to ${to})`);
  }
  return value;
}
