import fc from 'fast-check';
import { globsWith } from '../../../capabilities/ingest/globs';

it('a parameter stands in a pattern as it is; other braces are the pattern’s', () => {
  expect(globsWith(['in/{day}/*.{csv,tsv}', '{other}.csv'], { day: '2026-03-01' })).toEqual([
    'in/2026-03-01/*.{csv,tsv}',
    '{other}.csv',
  ]);
});

it.each(['*', '../secrets', 'a/b', '{a,b}', '[a]', '!x', '', 'a\\b'])('the value %j is refused', (day) => {
  expect(() => globsWith(['in/{day}.csv'], { day })).toThrow('cannot stand in a pattern');
});

it('whatever is accepted leaves the number of folders as written', () => {
  fc.assert(
    fc.property(fc.string(), (day) => {
      let made: string[];
      try {
        made = globsWith(['in/{day}.csv'], { day });
      } catch {
        return;
      }
      expect(made[0]!.split('/')).toHaveLength(2);
      expect(made[0]).not.toMatch(/[*?[\]{}()!\\]/);
    }),
  );
});
