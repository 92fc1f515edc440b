import { jsonFault } from '../../../capabilities/ingest/types/json';
import { Bed, problemOf } from './bed';

describe('JSON that jsonb would not store as what it says', () => {
  it.each([
    ['{"a":1,"a":2}', 'the key a occurs twice'],
    ['{"d":{"amount":10,"amount":20}}', 'the key d.amount occurs twice'],
    ['[{"x":[{"a":1},{"a":1,"b":{"c":1,"c":1}}]}]', 'the key x.b.c occurs twice'],
    ['{"a":1,"\\u0061":2}', 'the key a occurs twice'],
    ['{"a" : 1 , "b":2, "a"\n:3}', 'the key a occurs twice'],
    ['{"a":"\\u0000"}', 'a character that jsonb cannot hold'],
    ['{"\\ud800":1}', 'a character that jsonb cannot hold'],
    ['{"a":-0}', 'a number that jsonb would change'],
    ['[-0.0e1]', 'a number that jsonb would change'],
    ['[1e-20000]', 'a number that jsonb would change'],
    ['['.repeat(2_000) + ']'.repeat(2_000), 'nested more than 1000 levels deep'],
    ['{"a":}', 'not JSON'],
  ])('%s', (text, fault) => {
    expect(jsonFault(text)).toBe(fault);
  });

  it.each([
    '{"a":{"a":1},"b":[{"a":1},{"a":2}]}',
    '["a","a"]',
    '{"a":"a","b":"\\ud83d\\ude00 \\\\u0000"}',
    '1.50',
    '[1e300,0.0,-0.5]',
    '"x"',
    '{}',
  ])('is not %s', (text) => {
    expect(jsonFault(text)).toBeUndefined();
  });

  describe('is refused with its place', () => {
    let bed: Bed;
    beforeAll(async () => {
      bed = await Bed.make('json_faults');
    });
    afterAll(() => bed.close());
    afterEach(() => bed.reset());

    it('in JSON lines, at the first load and at every load', async () => {
      const input = { from: { files: '*.jsonl' }, into: 'raw.t' };
      const twice = '{"id":1,"detail":{"amount":10,"amount":20}}\n';
      await bed.files({ 'a.jsonl': twice });
      const problem = await problemOf(bed.propose(input));
      expect(problem.faults).toEqual([{ path: 'a.jsonl:1:detail', message: 'the key amount occurs twice' }]);
      await bed.files({ 'a.jsonl': '{"id":1,"detail":{"amount":10}}\n' });
      await bed.load(input);
      await bed.files({ 'b.jsonl': twice });
      expect((await problemOf(bed.propose(input))).place).toBe('b.jsonl:1:detail');
    });

    it.each(['json', 'jsonb'])('in a text that goes into a column of %s', async (type) => {
      await bed.admin.query(`create schema raw; create table raw.t (id bigint, d ${type})`);
      await bed.files({ 'a.csv': 'id,d\n1,"{""a"":{""b"":1,""b"":2}}"\n' });
      const problem = await problemOf(bed.propose({ from: { files: 'a.csv' }, into: 'raw.t' }));
      expect(problem.faults).toEqual([{ path: 'a.csv:2:d', message: 'the key a.b occurs twice' }]);
    });
  });
});
