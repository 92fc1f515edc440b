import fc from 'fast-check';
import { bindTime } from '../../capabilities/time-params';
import { clockChanges, instantOf, isTimeZone, offsetAt } from '../../schemas/zoned-time';
import { type Floor, FLOORS, type TimeParam } from '../../schemas/schedule';

const at = (iso: string, param: TimeParam, zone = 'America/New_York'): unknown =>
  bindTime({ p: param }, Date.parse(iso), zone).p;

describe('a parameter that is bound from the time', () => {
  it.each<[string, string, TimeParam, string]>([
    ['the day in the zone, not in UTC', '2026-03-01T03:00:00Z', { type: 'date' }, '2026-02-28'],
    ['the day before', '2026-03-01T12:00:00Z', { type: 'date', offset: '-1d' }, '2026-02-28'],
    ['the instant itself', '2026-07-01T12:00:01Z', { type: 'timestamp' }, '2026-07-01T08:00:01-04:00'],
    ['midnight', '2026-07-01T12:00:01Z', { type: 'timestamp', floor: 'day' }, '2026-07-01T00:00:00-04:00'],
    ['Monday', '2026-07-05T12:00:00Z', { type: 'date', floor: 'week' }, '2026-06-29'],
    ['last month', '2026-03-31T12:00:00Z', { type: 'date', floor: 'month', offset: '-1mo' }, '2026-02-01'],
    ['a month before its last day', '2026-03-31T12:00:00Z', { type: 'date', offset: '-1mo' }, '2026-02-28'],
    ['a year before a leap day', '2028-02-29T12:00:00Z', { type: 'date', offset: '-1y' }, '2027-02-28'],
    // The night of 8 March has 23 hours: a day before noon is noon, 24 hours before is 11.
    [
      'a day over the change',
      '2026-03-08T16:00:00Z',
      { type: 'timestamp', offset: '-1d' },
      '2026-03-07T12:00:00-05:00',
    ],
    [
      '24 hours over the change',
      '2026-03-08T16:00:00Z',
      { type: 'timestamp', offset: '-24h' },
      '2026-03-07T11:00:00-05:00',
    ],
    // 02:30 of 8 March does not exist: the clock goes from 02:00 to 03:00.
    [
      'a time that does not exist',
      '2026-03-09T06:30:00Z',
      { type: 'timestamp', offset: '-1d' },
      '2026-03-08T03:00:00-04:00',
    ],
    // 01:30 of 1 November comes twice; its hour begins twice as well.
    [
      'the first of two hours',
      '2026-11-01T05:30:00Z',
      { type: 'timestamp', floor: 'hour' },
      '2026-11-01T01:00:00-04:00',
    ],
    [
      'the second of two hours',
      '2026-11-01T06:30:00Z',
      { type: 'timestamp', floor: 'hour' },
      '2026-11-01T01:00:00-05:00',
    ],
  ])('can be %s', (_what, time, param, value) => {
    expect(at(time, param)).toBe(value);
  });

  // Zone, a time of the day, the floor, and the period that the time is in: 26 April 2024 in Cairo begins at 01:00.
  it.each<[string, string, Floor, string, string]>([
    ['Africa/Cairo', '2024-04-26T03:00:00Z', 'day', '2024-04-26T01:00:00+03:00', '2024-04-27T00:00:00+03:00'],
    ['Africa/Cairo', '2024-04-25T04:00:00Z', 'day', '2024-04-25T00:00:00+02:00', '2024-04-26T01:00:00+03:00'],
    [
      'America/Asuncion',
      '2023-10-01T12:00:00Z',
      'month',
      '2023-10-01T01:00:00-03:00',
      '2023-11-01T00:00:00-03:00',
    ],
    [
      'America/Asuncion',
      '2023-09-30T12:00:00Z',
      'quarter',
      '2023-07-01T00:00:00-04:00',
      '2023-10-01T01:00:00-03:00',
    ],
    [
      'America/Santiago',
      '2026-09-06T12:00:00Z',
      'day',
      '2026-09-06T01:00:00-03:00',
      '2026-09-07T00:00:00-03:00',
    ],
    ['Asia/Beirut', '2025-03-30T12:00:00Z', 'day', '2025-03-30T01:00:00+03:00', '2025-03-31T00:00:00+03:00'],
    [
      'America/Havana',
      '2026-03-08T12:00:00Z',
      'day',
      '2026-03-08T01:00:00-04:00',
      '2026-03-09T00:00:00-04:00',
    ],
    // Midnight to 01:00 comes twice: the day begins with the first.
    [
      'America/Havana',
      '2026-11-01T05:30:00Z',
      'day',
      '2026-11-01T00:00:00-04:00',
      '2026-11-02T00:00:00-05:00',
    ],
    // 30 December 2011 was left out.
    ['Pacific/Apia', '2011-12-30T09:00:00Z', 'day', '2011-12-29T00:00:00-10:00', '2011-12-31T00:00:00+14:00'],
    [
      'Pacific/Kwajalein',
      '1993-08-21T11:00:00Z',
      'day',
      '1993-08-20T00:00:00-12:00',
      '1993-08-22T00:00:00+12:00',
    ],
    // The clocks go over midnight at 00:01, back to 23:01: the next day has begun and goes on.
    [
      'America/St_Johns',
      '2006-10-29T03:00:00Z',
      'day',
      '2006-10-29T00:00:00-02:30',
      '2006-10-30T00:00:00-03:30',
    ],
    // By half an hour: a day of 23.5 hours, hours of 30 and of 90 minutes.
    [
      'Australia/Lord_Howe',
      '2026-10-04T00:00:00Z',
      'day',
      '2026-10-04T00:00:00+10:30',
      '2026-10-05T00:00:00+11:00',
    ],
    [
      'Australia/Lord_Howe',
      '2026-10-03T15:45:00Z',
      'hour',
      '2026-10-04T02:30:00+11:00',
      '2026-10-04T03:00:00+11:00',
    ],
    [
      'Australia/Lord_Howe',
      '2026-04-04T15:10:00Z',
      'hour',
      '2026-04-05T01:00:00+11:00',
      '2026-04-05T02:00:00+10:30',
    ],
    // The hour that comes twice is two.
    [
      'America/New_York',
      '2026-11-01T05:30:00Z',
      'hour',
      '2026-11-01T01:00:00-04:00',
      '2026-11-01T01:00:00-05:00',
    ],
    [
      'America/New_York',
      '2026-11-01T06:30:00Z',
      'hour',
      '2026-11-01T01:00:00-05:00',
      '2026-11-01T02:00:00-05:00',
    ],
    // 02:00 is left out.
    [
      'America/New_York',
      '2026-03-08T06:30:00Z',
      'hour',
      '2026-03-08T01:00:00-05:00',
      '2026-03-08T03:00:00-04:00',
    ],
  ])('in %s at %s is within one %s: from %s to %s', (zone, time, floor, start, end) => {
    const offset = {
      minute: '1m',
      hour: '1h',
      day: '1d',
      week: '1w',
      month: '1mo',
      quarter: '3mo',
      year: '1y',
    }[floor];
    expect(at(time, { type: 'timestamp', floor }, zone)).toBe(start);
    expect(at(time, { type: 'timestamp', floor, offset }, zone)).toBe(end);
  });

  it('counts hours after a floor by the clock, so that a day from 06:00 to 06:00 leaves nothing out', () => {
    const from: TimeParam = { type: 'timestamp', floor: 'day', offset: '6h' };
    const to: TimeParam = { type: 'timestamp', floor: 'day', offset: '30h' };
    expect(at('2026-03-07T20:00:00Z', to)).toBe('2026-03-08T06:00:00-04:00');
    expect(at('2026-03-08T20:00:00Z', from)).toBe('2026-03-08T06:00:00-04:00');
  });

  it('has the date of a day that was left out, whose first instant is that of the next', () => {
    expect(at('2011-12-31T12:00:00Z', { type: 'date', offset: '-1d' }, 'Pacific/Apia')).toBe('2011-12-31');
    expect(at('2011-12-30T12:00:00Z', { type: 'date', offset: '-1d' }, 'Pacific/Apia')).toBe('2011-12-30');
  });

  it('is exact where a zone was no whole minutes from UTC', () => {
    expect(at('1971-06-01T12:00:00Z', { type: 'timestamp', floor: 'day' }, 'Africa/Monrovia')).toBe(
      '1971-06-01T00:44:30+00:00',
    );
  });

  it('has a midnight also where the clocks are changed at midnight', () => {
    expect(at('2026-09-06T12:00:00Z', { type: 'timestamp', floor: 'day' }, 'America/Santiago')).toBe(
      '2026-09-06T01:00:00-03:00',
    );
  });

  it('is in a zone of half an hour, too', () => {
    expect(at('2026-01-01T00:10:00Z', { type: 'timestamp', floor: 'hour' }, 'Asia/Kolkata')).toBe(
      '2026-01-01T05:00:00+05:30',
    );
  });
});

const zone = fc.constantFrom(
  'UTC',
  'America/New_York',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Asia/Kathmandu',
);
const instant = fc
  .integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2037, 0, 1) })
  .map((ms) => ms - (ms % 1_000));

describe('laws of time', () => {
  it('a floor is not later, and is its own floor', () => {
    fc.assert(
      fc.property(instant, zone, fc.constantFrom(...FLOORS), (time, where, floor) => {
        const floored = Date.parse(bindTime({ p: { type: 'timestamp', floor } }, time, where).p as string);
        expect(floored).toBeLessThanOrEqual(time);
        const again = Date.parse(bindTime({ p: { type: 'timestamp', floor } }, floored, where).p as string);
        expect(again).toBe(floored);
      }),
    );
  });

  it('a wall clock that shows a time shows it at the instant found for it', () => {
    fc.assert(
      fc.property(instant, zone, (time, where) => {
        const wall = time + offsetAt(time, where);
        const found = instantOf(wall, where);
        expect(found + offsetAt(found, where)).toBe(wall);
        expect(found).toBeLessThanOrEqual(time);
      }),
    );
  });

  it('days follow each other without a gap: each day ends where the next begins', () => {
    fc.assert(
      fc.property(instant, zone, (time, where) => {
        const bound = bindTime(
          { today: { type: 'date' }, tomorrow: { type: 'date', floor: 'day', offset: '1d' } },
          time,
          where,
        );
        const next = Date.parse(`${bound.today as string}T00:00:00Z`) + 86_400_000;
        expect(bound.tomorrow).toBe(new Date(next).toISOString().slice(0, 10));
      }),
    );
  });
});

it('zones are IANA names', () => {
  expect(
    ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'].filter(
      (name) => !isTimeZone(name),
    ),
  ).toEqual([]);
  expect(['', 'Nowhere/Land', '+02:00', 'Europe/Berlin; drop'].filter(isTimeZone)).toEqual([]);
});

it('clocks are changed when they are', () => {
  const changes = clockChanges('America/New_York', Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1));
  expect(changes.map(({ at: when, by }) => [new Date(when).toISOString(), by / 3_600_000])).toEqual([
    ['2026-03-08T07:00:00.000Z', 1],
    ['2026-11-01T06:00:00.000Z', -1],
  ]);
  expect(clockChanges('UTC', Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1))).toEqual([]);
});
