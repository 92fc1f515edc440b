import fc from 'fast-check';
import { nextOpening } from '../../../governance/policy/window';
import { WEEKDAYS } from '../../../schemas/policy';
import type { ChangeWindow } from '../../../schemas/run';

const window = (over: Partial<ChangeWindow> = {}): ChangeWindow => ({
  timezone: 'UTC',
  days: [...WEEKDAYS],
  from: '22:00',
  to: '23:00',
  ...over,
});
const opens = (from: string, ...windows: ChangeWindow[]): string | undefined =>
  nextOpening(windows, new Date(from))?.toISOString();

describe('a change window', () => {
  it.each<[string, ChangeWindow[], string, string | undefined]>([
    ['is open at its first minute', [window()], '2026-11-25T22:00:00.000Z', '2026-11-25T22:00:00.000Z'],
    ['is open within', [window()], '2026-11-25T22:59:59.999Z', '2026-11-25T22:59:59.999Z'],
    ['is closed at its end', [window()], '2026-11-25T23:00:00.000Z', '2026-11-26T22:00:00.000Z'],
    [
      'opens on its days only',
      [window({ days: ['sat'] })],
      '2026-11-25T22:00:00.000Z',
      '2026-11-28T22:00:00.000Z',
    ],
    [
      'goes on past midnight',
      [window({ days: ['fri'], to: '04:00' })],
      '2026-11-28T03:59:00.000Z',
      '2026-11-28T03:59:00.000Z',
    ],
    [
      'past midnight belongs to the day it began on',
      [window({ days: ['fri'], to: '04:00' })],
      '2026-11-27T03:00:00.000Z',
      '2026-11-27T22:00:00.000Z',
    ],
    [
      'has the clock of its zone',
      [window({ timezone: 'America/New_York' })],
      '2026-11-25T12:00:00.000Z',
      '2026-11-26T03:00:00.000Z',
    ],
    [
      'follows its zone into summer',
      [window({ timezone: 'America/New_York' })],
      '2026-07-01T12:00:00.000Z',
      '2026-07-02T02:00:00.000Z',
    ],
    [
      'that the clocks skip opens when they go on',
      [window({ timezone: 'Europe/Berlin', from: '02:30', to: '03:30' })],
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T01:00:00.000Z',
    ],
    [
      'with equal ends is open all day',
      [window({ from: '05:00', to: '05:00' })],
      '2026-11-25T04:00:00.000Z',
      '2026-11-25T04:00:00.000Z',
    ],
    [
      'is one with another: both must be open',
      [window(), window({ from: '22:30', to: '02:00' })],
      '2026-11-25T22:10:00.000Z',
      '2026-11-25T22:30:00.000Z',
    ],
    [
      'that is never open with another never opens',
      [window({ days: ['mon'] }), window({ days: ['tue'] })],
      '2026-11-25T22:10:00.000Z',
      undefined,
    ],
  ])('%s', (_what, windows, from, expected) => {
    expect(opens(from, ...windows)).toBe(expected);
  });

  it('is open when it is said to open, and was not a minute before', () => {
    const time = fc
      .integer({ min: 0, max: 23 * 60 + 59 })
      .map((minute) => new Date(minute * 60_000).toISOString().slice(11, 16));
    const any = fc.record({
      timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Apia'),
      days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
      from: time,
      to: time,
    });
    const instant = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) });
    fc.assert(
      fc.property(any, instant, (one, at) => {
        const found = nextOpening([one], new Date(at))!;
        expect(nextOpening([one], found)).toEqual(found);
        if (found.getTime() === at) return;
        const before = found.getTime() - 60_000;
        if (before > at) expect(nextOpening([one], new Date(before))).toEqual(found);
      }),
      { numRuns: 30 },
    );
  });
});
