import fc from 'fast-check';
import { chunksOf, titleOf } from '../../../store/knowledge/chunk';

it('cuts by headings, each part under the headings it stands under', () => {
  const text =
    '# Runbook\nIntro.\n\n## Refunds\nAre booked\nat night.\n\n### Late\nNext day.\n\n## Tax\nIncluded.\n';
  expect(chunksOf(text)).toEqual([
    { heading: 'Runbook', body: 'Intro.' },
    { heading: 'Runbook > Refunds', body: 'Are booked\nat night.' },
    { heading: 'Runbook > Refunds > Late', body: 'Next day.' },
    { heading: 'Runbook > Tax', body: 'Included.' },
  ]);
  expect(titleOf(text)).toBe('Runbook');
});

it('leaves a fence whole: what looks like a heading in it is none', () => {
  const text = 'Run:\n\n```sh\n# not a heading\n\nsluice up\n```\n\nDone.';
  expect(chunksOf(text)).toEqual([{ heading: '', body: text }]);
});

it('loses no word of any text, and makes no part too long', () => {
  const word = fc.stringMatching(/^[a-z]{1,12}$/);
  const line = fc.array(word, { maxLength: 200 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('', '# ', '## ', '###### '), line), { maxLength: 20 }),
      (lines) => {
        const text = lines.map(([mark, words]) => mark + words).join('\n');
        const chunks = chunksOf(text);
        const bodies = lines.filter(([mark]) => mark === '').flatMap(([, words]) => words.split(' '));
        const kept = new Set(chunks.flatMap(({ body }) => body.split(/\s+/)));
        for (const each of bodies) if (each !== '') expect(kept).toContain(each);
        for (const { body } of chunks) expect(body.length).toBeLessThanOrEqual(1_500);
      },
    ),
  );
});
