import { backfillOf } from '../../../../client/core/schedules/plan-backfill';
import { endWarnings } from '../../../../client/core/schedules/register';
import { renderPlan } from '../../../../client/cli/render/backfills';
import { PLAIN } from '../../../../client/cli/render/style';
import type { TimeParam } from '../../../../schemas/schedule';

const daily = { cron: '0 6 * * *', timezone: 'Europe/Berlin', overlap: 'skip' as const, catchup: '1h' };
const yesterday: Record<string, TimeParam> = { day: { type: 'date', offset: '-1d' } };
const plan = (over: object, from: string, to: string) =>
  backfillOf({ goal: 'daily', schedule: daily, timeParams: yesterday, ...over }, 'b', { from, to });

describe('what a backfill would start', () => {
  it('is a run for each time, both days included, with what each would get', () => {
    const { runs, leftOut } = plan({}, '2024-11-20', '2024-11-25');
    expect(runs.map(({ params }) => params.day)).toEqual(
      ['19', '20', '21', '22', '23', '24'].map((date) => `2024-11-${date}`),
    );
    expect(runs[0]).toEqual({ time: '2024-11-20T06:00:00+01:00', params: { day: '2024-11-19' } });
    expect(leftOut).toEqual([]);
  });

  it('is said with its number, its values, and the periods that no run gets', () => {
    const schedule = { ...daily, cron: '30 2 * * *', timezone: 'America/New_York' };
    const timeParams = { day: { type: 'date' } as const };
    const text = renderPlan(plan({ schedule, timeParams }, '2026-03-07', '2026-03-09'), PLAIN);
    expect(text).toBe(
      [
        'daily: 2 runs, day = 2026-03-07 … 2026-03-09',
        '  2026-03-07T02:30:00-05:00  day = 2026-03-07',
        '  2026-03-09T02:30:00-04:00  day = 2026-03-09',
        '! No run gets day = 2026-03-08: the clock does not show 2026-03-08 02:30. By hand: sluice apply FILE --param day=2026-03-08',
      ].join('\n'),
    );
  });

  it('is listed by its ends when it is long, and says when runs would do the same', () => {
    const schedule = { ...daily, cron: '*/30 * * * *' };
    const text = renderPlan(plan({ schedule }, '2024-11-20', '2024-11-21'), PLAIN);
    expect(text).toContain('daily: 96 runs, day = 2024-11-19 … 2024-11-20');
    expect(text).toContain('… 82 more runs');
    expect(text).toContain('Only 2 of them differ in what they get');
    expect(text.split('\n')).toHaveLength(17);
  });

  it.each<[string, object, string, string, string]>([
    [
      'where nothing is bound from the time',
      { timeParams: undefined },
      '2024-11-20',
      '2024-11-25',
      'every run would do the same',
    ],
    [
      'where the clock starts nothing',
      { schedule: undefined },
      '2024-11-20',
      '2024-11-25',
      'has no cron schedule',
    ],
    ['of a span that is none', {}, '2024-11-25', '2024-11-20', 'is no span of time'],
    ['of a span without a time', {}, '2024-11-20T10:00:00Z', '2024-11-20T20:00:00Z', 'has no time'],
    [
      'of more runs than anybody can look over',
      { schedule: { ...daily, cron: '* * * * *' } },
      '2024-01-01',
      '2024-02-01',
      'more than 10000',
    ],
  ])('is refused %s', (_what, over, from, to, message) => {
    expect(() => plan(over, from, to)).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });
});

describe('a schedule whose time never comes again', () => {
  const now = Date.parse('2026-12-01T00:00:00Z');
  it.each([
    ['its year is over', { cron: '0 6 1 1 * 2025' }, 'never comes again'],
    [
      'the clocks skip its only time',
      { cron: '30 2 14 3 * 2027', timezone: 'America/New_York' },
      'never comes again',
    ],
  ])('is refused when %s', (_what, given, message) => {
    expect(() => endWarnings('g', { ...daily, timezone: 'UTC', ...given }, now)).toThrow(
      expect.objectContaining({
        code: 'invalid_goal',
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });

  it('is not one that comes in a later year only', () => {
    expect(endWarnings('g', { ...daily, cron: '0 6 29 2 * 2096' }, now)).toEqual([]);
  });

  it('is warned of when only its end is past, as it may be backfilled', () => {
    expect(endWarnings('g', { ...daily, start: '2026-01-01', end: '2026-11-30' }, now)).toEqual([
      '0 6 * * * (Europe/Berlin) has no time left until its end 2026-11-30: no run but of a backfill',
    ]);
  });
});
