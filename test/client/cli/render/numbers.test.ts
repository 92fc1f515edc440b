import { bytes, counted, seconds } from '../../../../client/cli/render/numbers';
import { wrap } from '../../../../client/cli/render/style';

it.each([
  [0, '<0.1 s'],
  [0.44, '0.4 s'],
  [9.96, '10 s'],
  [59.4, '59 s'],
  [200, '3 min 20 s'],
  [3600, '1 h'],
  [7199, '1 h 59 min'],
  [7500, '2 h 5 min'],
  [604_800, '7 days'],
])('%d seconds are %s', (value, text) => expect(seconds(value)).toBe(text));

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_999, '1.0 MB'],
  [2_600_000, '2.6 MB'],
  [123_456_789_012, '123 GB'],
])('%d bytes are %s', (value, text) => expect(bytes(value)).toBe(text));

it('counts one and many', () => {
  expect([counted(1, 'row'), counted(27_004, 'row'), counted(2, 'entry', 'entries')]).toEqual([
    '1 row',
    '27,004 rows',
    '2 entries',
  ]);
});

it('wraps at words, keeps line feeds, and lets a long word stand', () => {
  expect(wrap('one two three\nfour extraordinarily', 9)).toEqual([
    'one two',
    'three',
    'four',
    'extraordinarily',
  ]);
});
