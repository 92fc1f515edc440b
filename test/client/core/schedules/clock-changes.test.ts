import { clockWarnings } from '../../../../client/core/schedules/clock-changes';
import { periodsLeftOut } from '../../../../client/core/schedules/left-out';
import { leftOutOf, timesOf } from '../../../../client/core/schedules/times';
import type { TimeParam } from '../../../../schemas/schedule';

const at = (text: string): number => Date.parse(text);
const iso = (times: readonly number[]): string[] =>
  times.map((time) => new Date(time).toISOString().replace('.000Z', 'Z'));

const goal = (cron: string, timezone: string, timeParams: Record<string, TimeParam> = {}) => ({
  schedule: { cron, timezone, overlap: 'skip' as const, catchup: '1h' },
  timeParams,
});
const day: TimeParam = { type: 'date' };

describe('the times of a schedule', () => {
  const nightly = { cron: '30 2 * * *', timezone: 'America/New_York' };

  it('leave out the day on which the clocks skip it', () => {
    expect(iso(timesOf(nightly, at('2026-03-07T05:00:00Z'), at('2026-03-10T03:59:59Z')))).toEqual([
      '2026-03-07T07:30:00Z',
      '2026-03-09T06:30:00Z',
    ]);
    expect(iso(leftOutOf(nightly, at('2026-03-07T05:00:00Z'), at('2026-03-10T03:59:59Z')))).toEqual([
      '2026-03-08T02:30:00Z',
    ]);
  });

  it('come twice in the hour that does', () => {
    const twice = { cron: '30 1 * * *', timezone: 'America/New_York' };
    expect(iso(timesOf(twice, at('2026-11-01T04:00:00Z'), at('2026-11-02T04:59:59Z')))).toEqual([
      '2026-11-01T05:30:00Z',
      '2026-11-01T06:30:00Z',
    ]);
  });

  it('include both ends, and are no more than asked for', () => {
    const time = at('2026-03-10T06:30:00Z');
    expect(timesOf(nightly, time, time)).toEqual([time]);
    expect(timesOf(nightly, time + 1, time + 30_000)).toEqual([]);
    expect(timesOf(nightly, time, at('2100-01-01T00:00:00Z'), 3)).toHaveLength(3);
  });

  it('are within the schedule’s own start and end', () => {
    const span = { ...nightly, start: '2026-03-10', end: '2026-03-12' };
    expect(iso(timesOf(span, at('2026-03-01T00:00:00Z'), at('2026-04-01T00:00:00Z')))).toEqual([
      '2026-03-10T06:30:00Z',
      '2026-03-11T06:30:00Z',
    ]);
  });

  it('are intervals from 1970 on, in UTC', () => {
    const interval = { cron: '@every 6h/1h', timezone: 'Europe/Berlin' };
    expect(iso(timesOf(interval, at('2026-03-01T00:00:00Z'), at('2026-03-01T13:00:00Z')))).toEqual([
      '2026-03-01T01:00:00Z',
      '2026-03-01T07:00:00Z',
      '2026-03-01T13:00:00Z',
    ]);
  });
});

describe('a period that a schedule leaves out', () => {
  const left = (given: ReturnType<typeof goal>, from: string, to: string): unknown =>
    periodsLeftOut(given, at(from), at(to));

  it('is the day whose time the clocks skip', () => {
    expect(
      left(goal('30 2 * * *', 'America/New_York', { day }), '2026-03-01T00:00Z', '2026-03-31T00:00Z'),
    ).toEqual([{ time: '2026-03-08 02:30', params: { day: '2026-03-08' } }]);
  });

  it('is the day before, where a run is for that and a day was left out entirely', () => {
    const yesterday: TimeParam = { type: 'date', offset: '-1d' };
    const given = goal('0 6 * * *', 'Pacific/Apia', { day: yesterday });
    expect(left(given, '2011-12-28T00:00Z', '2012-01-02T00:00Z')).toEqual([
      { time: '2011-12-30 06:00', params: { day: '2011-12-29' } },
    ]);
  });

  it('is not one that the run an hour later, or the next day, gets as well', () => {
    const month: TimeParam = { type: 'date', floor: 'month' };
    expect(
      left(goal('30 2 * * *', 'America/New_York', { month }), '2026-03-01T00:00Z', '2026-03-31T00:00Z'),
    ).toEqual([]);
    expect(
      left(goal('30 * * * *', 'America/New_York', { day }), '2026-03-01T00:00Z', '2026-03-31T00:00Z'),
    ).toEqual([]);
  });

  it('is an hour before the clocks go by half an hour', () => {
    const hours = {
      from: { type: 'timestamp', floor: 'hour', offset: '-1h' },
      to: { type: 'timestamp', floor: 'hour' },
    } as const;
    expect(
      left(goal('0 * * * *', 'Australia/Lord_Howe', hours), '2026-10-01T00:00Z', '2026-10-31T00:00Z'),
    ).toEqual([
      {
        time: '2026-10-04 02:00',
        params: { from: '2026-10-04T01:00:00+10:30', to: '2026-10-04T02:30:00+11:00' },
      },
    ]);
  });

  it('is named when the schedule is registered, for the coming year', () => {
    const from = at('2026-12-01T00:00:00Z');
    expect(clockWarnings(goal('30 2 * * *', 'America/New_York', { day }), from)).toEqual([
      '02:30 does not exist on 2027-03-14 in America/New_York: no run then, and none for day = 2027-03-14',
    ]);
    expect(clockWarnings(goal('30 2 * * *', 'America/New_York'), from)).toEqual([
      '02:30 does not exist on 2027-03-14 in America/New_York: no run then',
    ]);
    expect(clockWarnings(goal('30 1 * * *', 'America/New_York', { day }), from)).toEqual([
      expect.stringContaining('01:30 comes twice on 2027-11-07'),
    ]);
    expect(clockWarnings(goal('0 * * * *', 'America/New_York', { day }), from)).toEqual([]);
  });
});
