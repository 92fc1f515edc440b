import { type CalendarCron, namesDay, parseCron } from '../../../schemas/cron';
import type { Schedule } from '../../../schemas/schedule';
import { dayOf, instantOf, offsetAt } from '../../../schemas/zoned-time';
import { boundary } from './temporal';

/** When a goal is to run, as far as that says which times there are. */
export type Timed = Pick<Schedule, 'cron' | 'timezone' | 'start' | 'end'>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Far enough before and after a day for both of its clock's offsets to be seen. */
const ASIDE_MS = 16 * HOUR_MS;

/**
 * The times (milliseconds since 1970) of a schedule from one instant to another, both inclusive, in order. A time that
 * the clock shows twice is two, one that it does not show is none: Temporal's rules. `most`: no more than so many.
 */
export function timesOf(schedule: Timed, from: number, to: number, most = Infinity): number[] {
  const cron = parseCron(schedule.cron);
  const start = Math.max(from, schedule.start === undefined ? from : boundary(schedule.start, schedule));
  const end = Math.min(to, schedule.end === undefined ? to : boundary(schedule.end, schedule));
  const found: number[] = [];
  if (cron.kind === 'every') {
    const first = Math.ceil((start - cron.phaseMs) / cron.ms) * cron.ms + cron.phaseMs;
    for (let at = first; at <= end && found.length < most; at += cron.ms) found.push(at);
    return found;
  }
  for (const { readings, day } of daysOf(cron, schedule.timezone, start, end)) {
    const instants = showing(day, schedule.timezone);
    for (const wall of readings) {
      for (const at of instants(wall)) if (at >= start && at <= end) found.push(at);
    }
    // A clock that is set back over midnight shows the day before once more.
    if (found.length >= most + 2 * readings.length) break;
  }
  return found.sort((a, b) => a - b).slice(0, most);
}

/**
 * Readings of the clock (as if it were UTC) that a schedule names and the clock does not show, as it was set forward
 * (or over a whole day) between two instants: no run.
 */
export function leftOutOf(schedule: Timed, from: number, to: number): number[] {
  const cron = parseCron(schedule.cron);
  if (cron.kind === 'every') return [];
  return [...daysOf(cron, schedule.timezone, from, to)].flatMap(({ readings, day }) => {
    const instants = showing(day, schedule.timezone);
    return readings.filter((wall) => {
      if (instants(wall).length > 0) return false;
      const at = instantOf(wall, schedule.timezone);
      return at >= from && at <= to;
    });
  });
}

/** Days that an expression names, with the readings of the clock it names on them. */
function* daysOf(
  cron: CalendarCron,
  zone: string,
  from: number,
  to: number,
): Generator<{ day: number; readings: number[] }> {
  const times = [...cron.hour].flatMap((hour) =>
    [...cron.minute].flatMap((minute) =>
      [...cron.second].map((second) => ((hour * 60 + minute) * 60 + second) * 1_000),
    ),
  );
  times.sort((a, b) => a - b);
  const last = dayOf(to, zone);
  for (let day = dayOf(from, zone) - DAY_MS; day <= last; day += DAY_MS) {
    if (namesDay(cron, day)) yield { day, readings: times.map((time) => day + time) };
  }
}

/** The instants at which the clock shows a reading of this day: none, one or two. */
function showing(day: number, zone: string): (wall: number) => number[] {
  const before = offsetAt(day - ASIDE_MS, zone);
  const after = offsetAt(day + DAY_MS + ASIDE_MS, zone);
  if (before === after) return (wall) => [wall - before];
  return (wall) =>
    [wall - Math.max(before, after), wall - Math.min(before, after)].filter(
      (at) => at + offsetAt(at, zone) === wall,
    );
}
