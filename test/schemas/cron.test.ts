import { type Cron, parseCron } from '../../schemas/cron';

const fields = (text: string): Record<string, number[] | undefined> => {
  const cron = parseCron(text) as Extract<Cron, { kind: 'calendar' }>;
  const { kind: _kind, ...rest } = cron;
  return Object.fromEntries(Object.entries(rest).map(([key, set]) => [key, [...set].sort((a, b) => a - b)]));
};

describe('a cron expression', () => {
  it('has minutes, hours, days, months and days of the week', () => {
    expect(fields('*/20 6-8 1,15 jan-mar mon')).toEqual({
      second: [0],
      minute: [0, 20, 40],
      hour: [6, 7, 8],
      dayOfMonth: [1, 15],
      month: [1, 2, 3],
      dayOfWeek: [1],
    });
  });

  it('may have a year, and seconds', () => {
    expect(fields('30 5 6 1 1 * 2030')).toMatchObject({ second: [30], minute: [5], year: [2030] });
    expect(fields('5 6 1 1 * 2030')).toMatchObject({ second: [0], hour: [6], year: [2030] });
  });

  it('counts 7 as Sunday, and goes on to the end after a start with a step', () => {
    expect(fields('0 20/2 * * 7')).toMatchObject({ hour: [20, 22], dayOfWeek: [0] });
  });

  it('may come in leap years only, or once in 28 years', () => {
    expect(fields('0 6 29 2 *')).toMatchObject({ dayOfMonth: [29], month: [2] });
    expect(fields('0 6 29 2 mon')).toMatchObject({ dayOfWeek: [1] });
    expect(fields('0 6 31 2,3 *')).toMatchObject({ month: [2, 3] });
  });

  it('has short names, and intervals', () => {
    expect(fields('@daily')).toMatchObject({ minute: [0], hour: [0] });
    expect(parseCron('@every 15m')).toEqual({ kind: 'every', ms: 900_000, phaseMs: 0 });
    expect(parseCron('@every 1h/5m')).toEqual({ kind: 'every', ms: 3_600_000, phaseMs: 300_000 });
  });

  it.each([
    ['', '5 fields'],
    ['0 6 * *', '5 fields'],
    ['60 6 * * *', '"60" is no minute (0 to 59)'],
    ['0 24 * * *', '"24" is no hour'],
    ['0 6 0 * *', '"0" is no day of month'],
    ['0 6 * 13 *', '"13" is no month'],
    ['0 6 * * foo', '"foo" is no day of week'],
    ['0 8-6 * * *', 'goes backwards'],
    ['*/0 6 * * *', 'step of 0'],
    ['0 6 L * *', '"L" is no day of month'],
    ['0 6 * * * # daily', 'is no'],
    ['@often', 'none of @yearly'],
    ['@every 0m', 'is written like'],
    ['TZ=UTC 0 6 * * *', 'timezone'],
    ['0 6 31 2 *', '"0 6 31 2 *" never comes: month 2 has no day 31'],
    ['0 6 31 4,6,9,11 *', 'never comes: month 4, 6, 9, 11 has no day 31'],
    ['0 6 29 2 * 2026', 'never comes: no day has this day of month, month, day of week and year'],
  ])('%j is refused: %s', (text, why) => {
    expect(() => parseCron(text)).toThrow(why);
  });
});
