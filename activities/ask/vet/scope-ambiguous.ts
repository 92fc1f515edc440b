import type { Beyond } from '../../../schemas/ask';
import type { RelationName } from '../../../schemas/change';
import type { Effect, Verb } from './effects';
import { share, spells, type Words } from './words';

const CHANGES: ReadonlySet<Verb> = new Set(['drops', 'deletes', 'updates', 'renames', 'alters']);

/** "The orders" where there are two tables of that name: which one is meant is a person's to say before one is changed. */
export function ambiguousBeyond(
  effects: readonly Effect[],
  live: readonly RelationName[],
  words: Words,
): Beyond[] {
  return effects.flatMap(({ verb, relation, step }): Beyond[] => {
    const [schema, bare] = split(relation);
    if (!CHANGES.has(verb) || spells(words, relation) || share(words, schema) === 1) return [];
    const other = live.find((name) => name !== relation && split(name)[1] === bare);
    if (other === undefined || !live.includes(relation)) return [];
    return [
      {
        what: 'relation',
        name: relation,
        step: step.id,
        reason: `it would change ${relation}; there is ${other} as well, and the words do not say which one is meant`,
      },
    ];
  });
}

const split = (relation: RelationName): [schema: string, bare: string] => {
  const at = relation.indexOf('.');
  return [relation.slice(0, at), relation.slice(at + 1)];
};
