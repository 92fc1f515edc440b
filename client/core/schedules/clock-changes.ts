import { parseCron } from '../../../schemas/cron';
import type { Goal } from '../../../schemas/goal';
import { clockChanges, dateText, offsetAt } from '../../../schemas/zoned-time';
import { paramsText, periodsLeftOut } from './left-out';
import { leftOutOf, timesOf } from './times';

const YEAR_MS = 366 * 86_400_000;

/**
 * Days of the coming year on which a schedule's time does not exist, or exists twice, because the clocks are changed:
 * Temporal skips the one and runs at both of the other. One line for each, in plain words; a period that no run gets is
 * named.
 */
export function clockWarnings(goal: Pick<Goal, 'schedule' | 'timeParams'>, from: number): string[] {
  const { schedule } = goal;
  if (!schedule) return [];
  const cron = parseCron(schedule.cron);
  if (cron.kind === 'every') return [];
  // A schedule of every hour has its next run an hour later: nobody misses anything but a period of its own.
  const everyHour = cron.hour.size === 24;
  return clockChanges(schedule.timezone, from, from + YEAR_MS).flatMap(({ at, by }) => {
    const where = `${dateText(at + offsetAt(at, schedule.timezone))} in ${schedule.timezone}`;
    if (by > 0) {
      const left = periodsLeftOut(goal, at, at).map(({ params }) => paramsText(params));
      if (everyHour && left.length === 0) return [];
      const times = leftOutOf(schedule, at, at);
      const periods = left.length === 0 ? '' : `, and none for ${few(left, '; ')}`;
      return times.length === 0 ? [] : [`${clocks(times)} does not exist on ${where}: no run then${periods}`];
    }
    const twice = timesOf(schedule, at, at - by - 1).map((time) => time + offsetAt(time, schedule.timezone));
    return twice.length === 0 || everyHour
      ? []
      : [`${clocks(twice)} comes twice on ${where}: two runs, the second usually with nothing new`];
  });
}

const clocks = (walls: readonly number[]): string =>
  few(
    walls.map((wall) => new Date(wall).toISOString().slice(11, 16)),
    ', ',
  );

const few = (texts: readonly string[], by: string): string =>
  texts.length > 3 ? `${texts.slice(0, 3).join(by)}${by}…` : texts.join(by);
