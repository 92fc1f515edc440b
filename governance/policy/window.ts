import { WEEKDAYS } from '../../schemas/policy';
import type { ChangeWindow } from '../../schemas/run';

const MINUTE_MS = 60_000;
/** Every weekday comes twice: what does not open by then never does. */
const HORIZON_MS = 15 * 86_400_000;

/**
 * When all windows are open at once, at `from` or after it; `undefined` when that never happens. Wall-clock time of
 * each window's zone: a time that the clocks skip is open from where they go on, one that comes twice is open twice.
 */
export function nextOpening(windows: readonly ChangeWindow[], from: Date): Date | undefined {
  const clocks = windows.map((window) => ({ window, clock: clockOf(window.timezone) }));
  const open = (at: number): boolean => clocks.every(({ window, clock }) => isOpen(window, clock(at)));
  const start = from.getTime();
  if (open(start)) return from;
  const first = Math.ceil(start / MINUTE_MS) * MINUTE_MS;
  for (let at = first; at <= first + HORIZON_MS; at += MINUTE_MS) if (open(at)) return new Date(at);
  return undefined;
}

/** Wall-clock time: day of the week from 0 (Monday), minutes since midnight. */
interface Clock {
  day: number;
  minute: number;
}

function clockOf(timeZone: string): (at: number) => Clock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (at) => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    return {
      day: (WEEKDAYS as readonly string[]).indexOf(parts.weekday!.toLowerCase()),
      minute: Number(parts.hour) * 60 + Number(parts.minute),
    };
  };
}

function isOpen({ days, from, to }: ChangeWindow, { day, minute }: Clock): boolean {
  const on = (which: number): boolean => days.includes(WEEKDAYS[(which + 7) % 7]!);
  const [begins, ends] = [minutesOf(from), minutesOf(to)];
  if (begins < ends) return on(day) && minute >= begins && minute < ends;
  // It ends on the next day (or, with equal times, a whole day later).
  return (on(day) && minute >= begins) || (on(day - 1) && minute < ends);
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}
