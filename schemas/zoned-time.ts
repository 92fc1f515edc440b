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
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year, month, day, hour, minute, second } = parts as Record<keyof WallTime, number>;
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

/**
 * The instant at which the clock shows this (given as if it were UTC). Of two (the clock was set back), the first; of
 * none (it was set forward), as much later as it was set forward: 02:30 becomes 03:30.
 */
export function instantOf(wall: number, zone: string): number {
  const before = wall - offsetAt(wall - DAY_MS, zone);
  const after = wall - offsetAt(wall + DAY_MS, zone);
  const shows = (instant: number): boolean => instant + offsetAt(instant, zone) === wall;
  const candidates = [before, after].filter(shows);
  return candidates.length > 0 ? Math.min(...candidates) : before;
}

/** `2026-03-08` of a wall clock's reading as if it were UTC. */
export const dateText = (wall: number): string => new Date(wall).toISOString().slice(0, 10);

/** `2026-03-08T00:00:00-05:00` of an instant in a zone. */
export function timestampText(instant: number, zone: string): string {
  const offset = offsetAt(instant, zone);
  const minutes = Math.abs(Math.round(offset / 60_000));
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
