import type { ParamValue } from '../schemas/goal';
import { clockPeriodsLater, firstDay, isClockPart, startOf } from '../schemas/periods';
import type { TimeParam } from '../schemas/schedule';
import { dateText, dayOf, instantOf, offsetAt, timestampText } from '../schemas/zoned-time';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The time that parameters are bound from. */
interface Time {
  /** Milliseconds since 1970. */
  instant: number;
  /** The day of the zone's calendar it is in, as the midnight it would have in UTC. */
  day: number;
}

/** What a parameter comes to: an instant, or a reading of the clock (as if it were UTC) that has one. */
type Found = { instant: number } | { wall: number };

interface Offset {
  amount: number;
  unit: 'm' | 'h' | 'd' | 'w' | 'mo' | 'y';
}

/**
 * Values of parameters that say `from: schedule`, from the time a run was scheduled for (milliseconds since 1970), in
 * the schedule's zone. The floor is taken on the calendar, then the offset is counted on it, and only then is the first
 * instant of what was found looked for: so the end of a day is the beginning of the next, whatever the clocks do.
 * Without a floor minutes and hours are as long as they are.
 */
export function bindTime(
  params: Readonly<Record<string, TimeParam>>,
  scheduledAt: number,
  zone: string,
): Record<string, ParamValue> {
  return bind(params, { instant: scheduledAt, day: dayOf(scheduledAt, zone) }, zone);
}

/** What a run would get at a reading of the clock (as if it were UTC) that the clock never shows. */
export function bindLeftOut(
  params: Readonly<Record<string, TimeParam>>,
  wall: number,
  zone: string,
): Record<string, ParamValue> {
  return bind(params, { instant: instantOf(wall, zone), day: Math.floor(wall / DAY_MS) * DAY_MS }, zone);
}

function bind(
  params: Readonly<Record<string, TimeParam>>,
  time: Time,
  zone: string,
): Record<string, ParamValue> {
  return Object.fromEntries(
    Object.entries(params).map(([name, param]) => {
      const found = find(param, time, zone);
      return [name, param.type === 'date' ? dateOf(found, zone) : timestampOf(found, zone)];
    }),
  );
}

const dateOf = (found: Found, zone: string): string =>
  dateText('wall' in found ? found.wall : dayOf(found.instant, zone));

const timestampOf = (found: Found, zone: string): string =>
  timestampText('wall' in found ? instantOf(found.wall, zone) : found.instant, zone);

function find(param: TimeParam, time: Time, zone: string): Found {
  const offset = offsetOf(param.offset);
  const elapsed = offset.unit === 'm' || offset.unit === 'h';
  // A date is a day: nothing smaller than that is to be moved on the calendar.
  const floor = param.floor ?? (param.type === 'date' && !elapsed ? 'day' : undefined);
  if (floor !== undefined && !isClockPart(floor)) return { wall: later(firstDay(time.day, floor), offset) };
  const start = floor === undefined ? time.instant : startOf(time.instant, floor, zone);
  if (offset.amount === 0) return { instant: start };
  if (!elapsed) return { wall: later(start + offsetAt(start, zone), offset) };
  const ms = offset.amount * (offset.unit === 'm' ? MINUTE_MS : HOUR_MS);
  if (floor === undefined) return { instant: start + ms };
  const length = floor === 'hour' ? HOUR_MS : MINUTE_MS;
  return ms % length === 0
    ? { instant: clockPeriodsLater(start, ms / length, floor, zone) }
    : { instant: start + ms };
}

function offsetOf(text: string | undefined): Offset {
  const [, sign, digits, unit] = /^([+-]?)(\d+)([a-z]+)$/.exec(text ?? '0d')!;
  return { amount: Number(digits) * (sign === '-' ? -1 : 1), unit: unit as Offset['unit'] };
}

/** A reading of the clock, so much later on the calendar; of a month that is too short, its last day. */
function later(wall: number, { amount, unit }: Offset): number {
  switch (unit) {
    case 'm':
      return wall + amount * MINUTE_MS;
    case 'h':
      return wall + amount * HOUR_MS;
    case 'd':
      return wall + amount * DAY_MS;
    case 'w':
      return wall + 7 * amount * DAY_MS;
    case 'mo':
      return monthsLater(wall, amount);
    case 'y':
      return monthsLater(wall, 12 * amount);
  }
}

function monthsLater(wall: number, months: number): number {
  const date = new Date(wall);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months];
  const day = Math.min(date.getUTCDate(), new Date(Date.UTC(year, month + 1, 0)).getUTCDate());
  return Date.UTC(year, month, day) + (((wall % DAY_MS) + DAY_MS) % DAY_MS);
}
