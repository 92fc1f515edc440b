import { classesOf } from '../../../governance/policy/classify';
import type { Beyond } from '../../../schemas/ask';
import type { RelationName } from '../../../schemas/change';
import type { Step } from '../../../schemas/goal';
import type { Asking, Looked } from './scope';
import { has, meaning, names, share, type Words } from './words';

/**
 * What is read and has nothing to do with the words. A query may need tables that nobody names, so what refers to a
 * table of the ask, or is referred to by it, is taken for its own; what stands apart from all of them is not.
 */
export function readBeyond(looked: Looked, fresh: readonly Step[], asking: Asking): Beyond[] {
  const made = new Set(
    looked.effects.filter(({ verb }) => verb === 'creates').map(({ relation }) => relation),
  );
  const readers = fresh.filter(({ kind }) => kind !== 'check');
  const all = readers.flatMap((step) => looked.reads.get(step.id) ?? []).filter((name) => !made.has(name));
  const near = nearTo(all, looked, asking.words);
  return readers.flatMap((step) =>
    (looked.reads.get(step.id) ?? [])
      .filter((relation) => !made.has(relation))
      .flatMap((relation): Beyond[] => {
        const at = { what: 'relation', name: relation, step: step.id };
        const classes = classesOf({ reads: [relation], writes: [] }, looked.goal, [asking.config]);
        if (classes.length > 0 && !names(asking.words, relation))
          return [
            {
              ...at,
              reason: `it reads ${relation}, which is declared as ${classes.join(', ')}, and the words do not name it`,
            },
          ];
        if (near.size === 0 || near.has(relation)) return [];
        return [
          {
            ...at,
            reason: `it reads ${relation}, which the words do not speak of and nothing of theirs refers to`,
          },
        ];
      }),
  );
}

/** Names of columns that are in every other table say nothing. */
const EVERYWHERE = new Set(
  'id name date day month year time status state type kind code value number count amount total created updated at is has key note comment description title label person user first last'.split(
    ' ',
  ),
);

/** The relations that the words speak of, and what refers to them. Empty: the words are in another language than the names. */
function nearTo(all: readonly RelationName[], looked: Looked, words: Words): Set<RelationName> {
  const near = new Set(
    all.filter((relation) => {
      if (share(words, relation.slice(relation.indexOf('.') + 1)) > 0) return true;
      return (looked.columns.get(relation) ?? []).some((column) => {
        const telling = meaning(column).filter((part) => part.length > 2 && !EVERYWHERE.has(part));
        return telling.length > 0 && telling.every((part) => has(words, part));
      });
    }),
  );
  for (let before = -1; before !== near.size;) {
    before = near.size;
    for (const [from, to] of looked.references) {
      if (near.has(from) && all.includes(to)) near.add(to);
      if (near.has(to) && all.includes(from)) near.add(from);
    }
  }
  return near;
}
