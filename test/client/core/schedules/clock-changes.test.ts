import { hasTime } from '../../../../client/core/schedules/clock-changes';

const at = (text: string): number => Date.parse(text);

describe('whether a span has a time of a schedule', () => {
  const schedule = { cron: '30 2 * * *', timezone: 'America/New_York' };

  it('no, of the day on which the clocks skip it', () => {
    expect(hasTime(schedule, at('2026-03-08T05:00:00Z'), at('2026-03-09T03:59:59Z'))).toBe(false);
  });

  it('yes, of the day before, and of both', () => {
    expect(hasTime(schedule, at('2026-03-07T05:00:00Z'), at('2026-03-08T04:59:59Z'))).toBe(true);
    expect(hasTime(schedule, at('2026-03-07T05:00:00Z'), at('2026-03-09T03:59:59Z'))).toBe(true);
  });

  it('yes, where it begins or ends with one', () => {
    const time = at('2026-03-10T06:30:00Z');
    expect(hasTime(schedule, time, time + 30_000)).toBe(true);
    expect(hasTime(schedule, time - 30_000, time)).toBe(true);
  });
});
