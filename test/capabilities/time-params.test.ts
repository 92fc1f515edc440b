import fc from 'fast-check';
import { bindTime } from '../../capabilities/time-params';
import { clockChanges, instantOf, isTimeZone, offsetAt } from '../../schemas/zoned-time';
import { FLOORS, type TimeParam } from '../../schemas/schedule';

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
    // 02:30 of 8 March does not exist: 03:30.
    [
      'a time that does not exist',
      '2026-03-09T06:30:00Z',
      { type: 'timestamp', offset: '-1d' },
      '2026-03-08T03:30:00-04:00',
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
