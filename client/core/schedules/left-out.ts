import { bindLeftOut, bindTime } from '../../../capabilities/time-params';
import type { Goal, ParamValue } from '../../../schemas/goal';
import { instantOf } from '../../../schemas/zoned-time';
import { leftOutOf, timesOf } from './times';

/** A time that the clock did not show, and what its run would have got that no other run gets. */
export interface LeftOut {
  /** What the clock would have shown: `2026-03-08 02:30`. */
  time: string;
  params: Record<string, ParamValue>;
}

const HOUR_MS = 3_600_000;

/** Where the runs on both sides of a time that was left out are looked for: as far as the next month's. */
const NEAR_MS = 32 * 24 * HOUR_MS;
/** So many of them on each side are compared. */
const NEAR_RUNS = 50;

/**
 * The periods for which a schedule starts no run as the clocks leave its time out between two instants. A period that
 * the run before or after gets as well (an hour later, the same day) is not left out.
 */
export function periodsLeftOut(
  { schedule, timeParams }: Pick<Goal, 'schedule' | 'timeParams'>,
  from: number,
  to: number,
): LeftOut[] {
  if (!schedule || !timeParams) return [];
  const { timezone } = schedule;
  return leftOutOf(schedule, from, to).flatMap((wall) => {
    const params = bindLeftOut(timeParams, wall, timezone);
    const at = instantOf(wall, timezone);
    const got = JSON.stringify(params);
    const others = [
      ...timesOf(schedule, at - NEAR_MS, at).slice(-NEAR_RUNS),
      ...timesOf(schedule, at, at + NEAR_MS, NEAR_RUNS),
    ];
    if (others.some((other) => JSON.stringify(bindTime(timeParams, other, timezone)) === got)) return [];
    return [{ time: new Date(wall).toISOString().slice(0, 16).replace('T', ' '), params }];
  });
}

/** `day = 2026-03-08, month = 2026-03-01` */
export function paramsText(params: Readonly<Record<string, ParamValue>>): string {
  return Object.entries(params)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ');
}
