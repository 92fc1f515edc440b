import { bindTime } from '../../capabilities/time-params';
import { type Floor, FLOORS } from '../../schemas/schedule';
import { offsetAt } from '../../schemas/zoned-time';
import { seeded, seedOf } from '../e2e/random';

/**
 * The law of periods: in every zone of the tz database they partition time. Tried around changes of the clocks from
 * 1970 to 2040: of each zone in a few years chosen at random, with `SLUICE_CHECK=full` around all of them, and on all
 * days. `SLUICE_SEED` repeats.
 */
const FULL = process.env.SLUICE_CHECK === 'full';
const SEED = seedOf();
const random = seeded(SEED);
/** How many changes are tried by default, and how many years each zone is looked at for them. */
const [CHANGES, YEARS] = [90, 2];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const [FROM, TO] = [Date.UTC(1970, 0, 2), Date.UTC(2040, 0, 1)];
/** No two changes of a zone are nearer to each other that the offset would be as before. */
const STEP = 20 * DAY_MS;
const ZONES = Intl.supportedValuesOf('timeZone');
const ONE = { minute: '1m', hour: '1h', day: '1d', week: '1w', month: '1mo', quarter: '3mo', year: '1y' };

const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

interface Change {
  zone: string;
  at: number;
  before: number;
  after: number;
}

/** Changes of the clocks from one instant to another that none of `seen` is: same instant, same offsets. */
function changesOf(zone: string, from: number, to: number, seen: Map<string, Change[]>): Change[] {
  const found: Change[] = [];
  let before = offsetAt(from, zone);
  for (let start = from; start < to; start += STEP) {
    const after = offsetAt(start + STEP, zone);
    if (after !== before) {
      const key = `${start} ${before} ${after}`;
      const alike = seen.get(key) ?? [];
      if (!alike.some(({ at }) => offsetAt(at - 1_000, zone) === before && offsetAt(at, zone) === after)) {
        let [low, high] = [start, start + STEP];
        while (high - low > 1_000) {
          const middle = Math.floor((low + high) / 2_000) * 1_000;
          if (offsetAt(middle, zone) === before) low = middle;
          else high = middle;
        }
        const change = { zone, at: high, before, after };
        seen.set(key, [...alike, change]);
        found.push(change);
      }
    }
    before = after;
  }
  return found;
}

function periodOf(instant: number, floor: Floor, zone: string): { start: number; end: number } {
  const { start, end } = bindTime(
    {
      start: { type: 'timestamp', floor },
      end: { type: 'timestamp', floor, offset: ONE[floor] },
    },
    instant,
    zone,
  );
  return { start: Date.parse(start as string), end: Date.parse(end as string) };
}

/** What is wrong with the periods around an instant; empty: nothing. */
function faults(instant: number, floor: Floor, zone: string): string[] {
  const { start, end } = periodOf(instant, floor, zone);
  const said = (what: string): string =>
    `${zone} ${new Date(instant).toISOString()} ${floor} [${new Date(start).toISOString()}, ${new Date(end).toISOString()}): ${what}`;
  const found: string[] = [];
  if (!(start <= instant && instant < end)) found.push(said('does not have the instant'));
  const [last, next] = [periodOf(end - 1_000, floor, zone), periodOf(end, floor, zone)];
  if (last.start !== start || last.end !== end) found.push(said('its last second is in another'));
  if (next.start !== end) found.push(said('the next does not begin at its end'));
  if (periodOf(start, floor, zone).start !== start) found.push(said('its first instant is in another'));
  if (floor !== 'minute' && floor !== 'hour') found.push(...strange(start, floor, zone).map(said));
  return found;
}

/** By the clock alone: it shows the period's first day at its beginning, and did not before. */
function strange(start: number, floor: Floor, zone: string): string[] {
  const shown = start + offsetAt(start, zone);
  const before = start - 1_000 + offsetAt(start - 1_000, zone);
  const first = Math.ceil((before + 1_000) / DAY_MS) * DAY_MS;
  const date = new Date(Math.floor(shown / DAY_MS) * DAY_MS);
  const [month, day, weekday] = [date.getUTCMonth(), date.getUTCDate(), date.getUTCDay()];
  const begins = {
    day: true,
    week: weekday === 1,
    month: day === 1,
    quarter: day === 1 && month % 3 === 0,
    year: day === 1 && month === 0,
  }[floor as 'day'];
  return [
    ...(shown >= first ? [] : ['the clock has not come to it']),
    // A day that was left out may have been the first of the week or month.
    ...(begins || shown - before > DAY_MS ? [] : ['begins on another day']),
  ];
}

function changesToTry(): Change[] {
  const seen = new Map<string, Change[]>();
  if (FULL) return ZONES.flatMap((zone) => changesOf(zone, FROM, TO, seen));
  const found = ZONES.flatMap((zone) =>
    Array.from({ length: YEARS }, () => {
      const from = FROM + Math.floor(random() * 69) * 365 * DAY_MS;
      return changesOf(zone, from, from + 366 * DAY_MS, seen);
    }).flat(),
  );
  const odd = found.filter(({ before, after }) => Math.abs(after - before) !== HOUR_MS);
  return [...odd.slice(0, CHANGES / 3), ...Array.from({ length: CHANGES }, () => pick(found))];
}

describe('periods of the calendar and of the clock', () => {
  it(
    'partition time in every zone, whatever its clocks do',
    () => {
      const changes = changesToTry();
      console.info(`SLUICE_SEED=${SEED}: ${changes.length} changes of clocks`);
      expect(changes.length).toBeGreaterThanOrEqual(CHANGES);
      const near = [-13, 0, 1, 25];
      const found = changes.flatMap(({ zone, at }) => {
        const instants = FULL ? near.map((hours) => at + hours * HOUR_MS) : [at - 1_000, at + 1_000];
        if (!FULL) instants.push(at + Math.floor(random() * 50 - 25) * HOUR_MS);
        const floors: Floor[] = FULL ? [...FLOORS] : ['day', 'hour', pick(FLOORS)];
        return instants.flatMap((instant) => floors.flatMap((floor) => faults(instant, floor, zone)));
      });
      expect(found).toEqual([]);
    },
    FULL ? 3_600_000 : 60_000,
  );

  it('are the later ones of later instants', () => {
    for (let count = 0; count < 60; count++) {
      const zone = pick(ZONES);
      const [change] = changesOf(zone, FROM, FROM + 40 * 366 * DAY_MS, new Map());
      if (!change) continue;
      const floor = pick(FLOORS);
      const starts = [-30, -2, -1, -0.5, 0, 0.5, 1, 2, 30].map(
        (hours) => periodOf(change.at + hours * HOUR_MS, floor, zone).start,
      );
      expect([zone, floor, starts]).toEqual([zone, floor, [...starts].sort((a, b) => a - b)]);
    }
  });

  (FULL ? it : it.skip)(
    'are days that follow each other on every day of every zone',
    () => {
      const done = new Set<string>();
      for (const zone of ZONES) {
        const offsets: number[] = [];
        for (let at = FROM; at < TO; at += STEP) offsets.push(offsetAt(at, zone));
        const key = offsets.join();
        if (done.has(key)) continue;
        done.add(key);
        let { start, end } = periodOf(FROM, 'day', zone);
        while (end < TO) {
          const next = periodOf(end, 'day', zone);
          if (next.start !== end || next.end <= end)
            throw new Error(`${zone}: ${new Date(start).toISOString()}`);
          ({ start, end } = next);
        }
      }
    },
    3_600_000,
  );
});
