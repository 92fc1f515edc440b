import { parsePromql } from './promql';

it.each([
  'sum(rate(x_total[5m])',
  'sum by (a) rate(x_total[5m])',
  'rate(x_total)',
  'max(x_total[5m]) > 1',
  'medium(x)',
  'x{a="b} > 1',
  'x{a=b} > 1',
  'x > ',
  'x > 5m',
])('%s is refused, as Prometheus refuses it', (text) => {
  expect(() => parsePromql(text)).toThrow('PromQL');
});
