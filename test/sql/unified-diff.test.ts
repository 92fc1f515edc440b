import fc from 'fast-check';
import { unifiedDiff } from '../../sql/unified-diff';

it('shows what changed with three lines around it', () => {
  const before = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].join('\n');
  const after = before.replace('e', 'E\nE2');
  expect(unifiedDiff(before, after, ['run', 'proposal'])).toBe(
    [
      '--- run',
      '+++ proposal',
      '@@ -2,7 +2,8 @@',
      ' b',
      ' c',
      ' d',
      '-e',
      '+E',
      '+E2',
      ' f',
      ' g',
      ' h',
    ].join('\n'),
  );
});

it('is empty where nothing changed', () => {
  expect(unifiedDiff('a\nb', 'a\nb', ['x', 'y'])).toBe('');
});

it('leads from the one text to the other', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 20 })
    .map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = before.split('\n');
      const result: string[] = [];
      let at = 0;
      for (const line of unifiedDiff(before, after, ['x', 'y']).split('\n').slice(2)) {
        const start = /^@@ -(\d+),/.exec(line);
        if (start) while (at < Number(start[1]) - 1) result.push(lines[at++]!);
        else if (line.startsWith('+')) result.push(line.slice(1));
        else {
          expect(lines[at]).toBe(line.slice(1));
          if (line.startsWith(' ')) result.push(lines[at]!);
          at += 1;
        }
      }
      expect([...result, ...lines.slice(at)].join('\n')).toBe(after);
    }),
  );
});
