import { type Cron, parseCron } from '../../../schemas/cron';
import type { Schedule } from '../../../schemas/schedule';
import { asIfUtc, clockChanges, wallTime } from '../../../schemas/zoned-time';

const MINUTE_MS = 60_000;
const YEAR_MS = 366 * 86_400_000;

/**
 * Days of the coming year on which a schedule's time does not exist, or exists twice, because the clocks are changed:
 * Temporal skips the one and runs at both of the other. One line for each, in plain words.
 */
export function clockWarnings(schedule: Pick<Schedule, 'cron' | 'timezone'>, from: number): string[] {
  const cron = parseCron(schedule.cron);
  if (cron.kind === 'every') return [];
  return clockChanges(schedule.timezone, from, from + YEAR_MS).flatMap(({ at, by, before }) => {
    // Forward: what lies between the clock before and after does not exist. Back: it exists twice.
    const start = at + Math.min(before, before + by);
    const times = matches(cron, start, start + Math.abs(by));
    if (times.length === 0 || everyHour(cron)) return [];
    const day = new Date(start).toISOString().slice(0, 10);
    const listed = times.length > 3 ? `${times.slice(0, 3).join(', ')}, …` : times.join(', ');
    const what =
      by > 0
        ? `does not exist on ${day} in ${schedule.timezone}: no run then`
        : `comes twice on ${day} in ${schedule.timezone}: two runs, the second usually with nothing new`;
    return [`${listed} ${what}`];
  });
}

/** What is looked through minute by minute for a time; a longer span is taken to have one. */
const SHORT_MS = 2 * 86_400_000;

/**
 * Whether a schedule has a time from `from` to `to` (instants, inclusive). What the clocks skip is none: Temporal's
 * backfill of that day starts nothing, and does not say so.
 */
export function hasTime(
  { cron: text, timezone }: Pick<Schedule, 'cron' | 'timezone'>,
  from: number,
  to: number,
): boolean {
  const cron = parseCron(text);
  if (cron.kind === 'every' || to - from > SHORT_MS) return true;
  for (let at = Math.ceil(from / MINUTE_MS) * MINUTE_MS; at <= to; at += MINUTE_MS) {
    const wall = asIfUtc(wallTime(at, timezone));
    if (matches(cron, wall, wall + 1).length > 0) return true;
  }
  return false;
}

/** A schedule of every hour has its next run an hour later: nobody misses anything. */
const everyHour = (cron: Extract<Cron, { kind: 'calendar' }>): boolean => cron.hour.size === 24;

function matches(cron: Extract<Cron, { kind: 'calendar' }>, from: number, to: number): string[] {
  const found: string[] = [];
  for (let wall = from; wall < to; wall += MINUTE_MS) {
    const date = new Date(wall);
    const fits =
      cron.minute.has(date.getUTCMinutes()) &&
      cron.hour.has(date.getUTCHours()) &&
      cron.dayOfMonth.has(date.getUTCDate()) &&
      cron.month.has(date.getUTCMonth() + 1) &&
      cron.dayOfWeek.has(date.getUTCDay()) &&
      (cron.year?.has(date.getUTCFullYear()) ?? true);
    if (fits) found.push(date.toISOString().slice(11, 16));
  }
  return found;
}
