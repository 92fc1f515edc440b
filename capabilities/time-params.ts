import type { ParamValue } from '../schemas/goal';
import type { Floor, TimeParam } from '../schemas/schedule';
import { asIfUtc, dateText, instantOf, offsetAt, timestampText, wallTime } from '../schemas/zoned-time';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/**
 * Values of parameters that say `from: schedule`, from the time a run was scheduled for (milliseconds since 1970), in
 * the schedule's zone. Days, weeks, months and years are counted on the calendar, so that a day of 23 or 25 hours is
 * one day; minutes and hours are as long as they are.
 */
export function bindTime(
  params: Readonly<Record<string, TimeParam>>,
  scheduledAt: number,
  zone: string,
): Record<string, ParamValue> {
  return Object.fromEntries(
    Object.entries(params).map(([name, param]) => [name, valueAt(param, scheduledAt, zone)]),
  );
}

function valueAt({ type, floor, offset }: TimeParam, scheduledAt: number, zone: string): string {
  const floored = floor === undefined ? scheduledAt : floorOf(scheduledAt, floor, zone);
  const instant = offset === undefined ? floored : shifted(floored, offset, zone);
  return type === 'date' ? dateText(instant + offsetAt(instant, zone)) : timestampText(instant, zone);
}

function floorOf(instant: number, floor: Floor, zone: string): number {
  const wall = wallTime(instant, zone);
  const whole = Math.floor(instant / 1_000) * 1_000 - wall.second * 1_000;
  // Not by the wall clock: an hour that occurs twice has two beginnings.
  if (floor === 'minute') return whole;
  if (floor === 'hour') return whole - wall.minute * MINUTE_MS;
  const midnight = asIfUtc({ ...wall, hour: 0, minute: 0, second: 0 });
  const sinceMonday = (new Date(midnight).getUTCDay() + 6) % 7;
  const start = {
    day: midnight,
    week: midnight - sinceMonday * DAY_MS,
    month: Date.UTC(wall.year, wall.month - 1, 1),
    year: Date.UTC(wall.year, 0, 1),
  }[floor];
  return instantOf(start, zone);
}

function shifted(instant: number, offset: string, zone: string): number {
  const [, sign, digits, unit] = /^([+-]?)(\d+)([a-z]+)$/.exec(offset)!;
  const amount = Number(digits) * (sign === '-' ? -1 : 1);
  if (unit === 'm') return instant + amount * MINUTE_MS;
  if (unit === 'h') return instant + amount * HOUR_MS;
  const wall = instant + offsetAt(instant, zone);
  if (unit === 'd') return instantOf(wall + amount * DAY_MS, zone);
  if (unit === 'w') return instantOf(wall + 7 * amount * DAY_MS, zone);
  return instantOf(monthsLater(wall, unit === 'y' ? 12 * amount : amount), zone);
}

/** The same day of another month, or its last day where it has fewer. */
function monthsLater(wall: number, months: number): number {
  const date = new Date(wall);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months];
  const day = Math.min(date.getUTCDate(), new Date(Date.UTC(year, month + 1, 0)).getUTCDate());
  return Date.UTC(year, month, day) + (((wall % DAY_MS) + DAY_MS) % DAY_MS);
}
