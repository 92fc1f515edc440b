import type { Floor } from './schedule';
import { type ClockChange, clockChanges, dayOf, instantOf, offsetAt } from './zoned-time';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

/** Parts of a day, in milliseconds, which the clock counts. */
const CLOCK = { minute: 60_000, hour: 3_600_000 } as const;
type ClockPart = keyof typeof CLOCK;

export const isClockPart = (floor: Floor | undefined): floor is ClockPart =>
  floor === 'minute' || floor === 'hour';

/** The day with which a day's week, month, … begins. Days are given as the midnight they would have in UTC. */
export function firstDay(day: number, floor: Exclude<Floor, ClockPart>): number {
  const date = new Date(day);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  switch (floor) {
    case 'day':
      return day;
    case 'week':
      return day - ((date.getUTCDay() + 6) % 7) * DAY_MS;
    case 'month':
      return Date.UTC(year, month, 1);
    case 'quarter':
      return Date.UTC(year, month - (month % 3), 1);
    case 'year':
      return Date.UTC(year, 0, 1);
  }
}

/**
 * The first instant of the period of a zone's calendar or clock that an instant (milliseconds since 1970) belongs to.
 * Every instant belongs to exactly one, which lasts until the next begins: a day that the clocks shorten, lengthen or
 * begin at 01:00 is one day, an hour that comes twice is two hours, one that is left out is none.
 */
export function startOf(instant: number, floor: Floor, zone: string): number {
  if (isClockPart(floor)) return clockStart(Math.floor(instant / SECOND_MS) * SECOND_MS, CLOCK[floor], zone);
  return instantOf(firstDay(dayOf(instant, zone), floor), zone);
}

/** The beginning of the period so many hours or minutes after (negative: before) the one that begins at `start`. */
export function clockPeriodsLater(start: number, amount: number, floor: ClockPart, zone: string): number {
  const length = CLOCK[floor];
  const straight = start + amount * length;
  const span = [Math.min(start, straight) - length, Math.max(start, straight) + length] as const;
  const irregular = clockChanges(zone, ...span).some(
    ({ at, by, before }) => by % length !== 0 || (at + before) % length !== 0,
  );
  if (!irregular) return straight;
  let at = start;
  for (let left = Math.abs(amount); left > 0; left--) {
    at = amount < 0 ? clockStart(at - SECOND_MS, length, zone) : clockEnd(at, length, zone);
  }
  return at;
}

/** An hour begins when the clock shows a whole hour, or is set forward to or past one; minutes likewise. */
function clockStart(instant: number, length: number, zone: string): number {
  const start = instant - remainder(instant + offsetAt(instant, zone), length);
  const change = clockChanges(zone, start, instant).at(-1);
  if (!change) return start;
  return begins(change, length) ? change.at : clockStart(change.at - SECOND_MS, length, zone);
}

function clockEnd(start: number, length: number, zone: string): number {
  const next = start + length - remainder(start + offsetAt(start, zone), length);
  const change = clockChanges(zone, start, next)[0];
  if (!change) return next;
  return begins(change, length) ? change.at : clockEnd(change.at, length, zone);
}

function begins({ at, by, before }: ClockChange, length: number): boolean {
  const past = remainder(at + before + by, length);
  return past === 0 || past <= by;
}

const remainder = (value: number, by: number): number => ((value % by) + by) % by;
