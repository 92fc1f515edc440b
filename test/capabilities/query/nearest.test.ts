import { didYouMean, nearest } from '../../../capabilities/query/nearest';

const TABLES = ['raw.flights', 'raw.planes', 'marts.daily_delays'];

it.each([
  ['raw.flihgts', 'raw.flights'],
  ['raw.plane', 'raw.planes'],
  ['RAW.FLIGHTS', 'raw.flights'],
  ['marts.dayly_delay', 'marts.daily_delays'],
])('%s may mean %s', (name, meant) => {
  expect(nearest(name, TABLES)).toBe(meant);
});

it('does not guess at what is nothing like it', () => {
  expect(nearest('customers', TABLES)).toBeUndefined();
  expect(didYouMean('customers', TABLES)).toBe('');
  expect(nearest('x', [])).toBeUndefined();
});
