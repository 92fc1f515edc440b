/** Wall-clock time in a zone, from what every JavaScript knows of time zones (Intl, IANA names). */

/** A wall clock's reading. `month` is 1 to 12. */
export interface WallTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
    formats.set(zone, format);
  }
  return format;
}

/** Whether it is the IANA name of a zone, like `Europe/Berlin`. */
export function isTimeZone(zone: string): boolean {
  // Offsets (`+02:00`) are known to some runtimes and not to Temporal's server.
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(zone)) return false;
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** What the clock on the wall shows at an instant (milliseconds since 1970 in UTC). */
export function wallTime(instant: number, zone: string): WallTime {
  const parts = /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+):(\d+)$/.exec(formatOf(zone).format(instant))!;
  const [month, day, year, hour, minute, second] = parts.slice(1).map(Number) as [
    ...[number, number, number],
    ...[number, number, number],
  ];
  return { year, month, day, hour, minute, second };
}

/** The wall clock's reading as if it were UTC: a number to calculate calendars with. */
export function asIfUtc({ year, month, day, hour, minute, second }: WallTime): number {
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** Milliseconds the zone is ahead of UTC at an instant. */
export function offsetAt(instant: number, zone: string): number {
  return asIfUtc(wallTime(instant, zone)) - Math.floor(instant / 1_000) * 1_000;
}

/** No zone is further from UTC than that. */
const FARTHEST_MS = 16 * HOUR_MS;

/**
 * The first instant at which the clock shows this reading (given as if it were UTC) or a later one. Of two (the clock
 * was set back), the first; of none (it was set forward), when it was set: 02:30 becomes 03:00, and the midnight of a
 * day that begins at 01:00 becomes 01:00. A later reading never gives an earlier instant.
 */
export function instantOf(wall: number, zone: string): number {
  const from = wall - FARTHEST_MS;
  let offset = offsetAt(from, zone);
  for (const { at, by, before } of clockChanges(zone, from, wall + FARTHEST_MS)) {
    if (wall - before < at) return wall - before;
    offset = before + by;
    if (at + offset >= wall) return at;
  }
  return wall - offset;
}

/**
 * The day of the zone's calendar that an instant belongs to, as the midnight it would have in UTC. A day lasts from its
 * first instant to the first of the next, also where the clock is then set back over midnight and shows it again.
 */
export function dayOf(instant: number, zone: string): number {
  const shown = instant + offsetAt(instant, zone);
  const day = shown - (((shown % DAY_MS) + DAY_MS) % DAY_MS);
  return instantOf(day + DAY_MS, zone) <= instant ? day + DAY_MS : day;
}

/** `2026-03-08` of a wall clock's reading as if it were UTC. */
export const dateText = (wall: number): string => new Date(wall).toISOString().slice(0, 10);

/** `2026-03-08T00:00:00-05:00` of an instant in a zone; in UTC where the zone is not whole minutes from it. */
export function timestampText(instant: number, zone: string): string {
  const shift = offsetAt(instant, zone);
  const offset = shift % 60_000 === 0 ? shift : 0;
  const minutes = Math.abs(offset / 60_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const wall = new Date(instant + offset).toISOString().slice(0, 19);
  return `${wall}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

export interface ClockChange {
  /** The first instant of the new offset. */
  at: number;
  /** Milliseconds; positive: the clock was set forward, and so much of the day does not exist. */
  by: number;
  /** Milliseconds the zone was ahead of UTC before. */
  before: number;
}

/** When the zone's clocks are changed between two instants. */
export function clockChanges(zone: string, from: number, to: number): ClockChange[] {
  const changes: ClockChange[] = [];
  for (let start = from; start < to; start += DAY_MS) {
    const end = Math.min(start + DAY_MS, to);
    const [old, now] = [offsetAt(start, zone), offsetAt(end, zone)];
    if (old === now) continue;
    let [low, high] = [start, end];
    while (high - low > 1_000) {
      const middle = Math.floor((low + high) / 2_000) * 1_000;
      if (offsetAt(middle, zone) === old) low = middle;
      else high = middle;
      if (middle === start) break;
    }
    changes.push({ at: Math.ceil(high / 1_000) * 1_000, by: now - old, before: old });
  }
  return changes;
}
