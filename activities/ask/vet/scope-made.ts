import type { Beyond } from '../../../schemas/ask';
import type { RelationName } from '../../../schemas/change';
import type { Step } from '../../../schemas/goal';
import type { Effect } from './effects';
import type { Asking, Looked } from './scope';
import { has, meaning, names, share, spells, type Words } from './words';

/** Words that copies are called by; a copy is never what a name has only in passing. */
const COPIES = new Set([
  'copy',
  'copies',
  'backup',
  'bak',
  'dump',
  'export',
  'exfil',
  'leak',
  'mirror',
  'clone',
  'public',
  'shared',
  'external',
]);

/** Words that ask for rows as they are. */
const COPY =
  /\b(cop(y|ies|ied)|load|import|bring|stag(e|ing)|list|snapshot|backup|mirror|as (it is|they are)|kopie\w*|lade\w*|copi\w*|charg\w*|carg\w*)\b/u;

/**
 * New tables and views. The planner chooses their names, so they need not be the person's words; but what nobody reads
 * further on in the goal is a result, and each result has to have to do with the words: by its name, its columns, or
 * what it is made from. Where there are several, by its name.
 */
export function madeBeyond(looked: Looked, { words }: Asking): Beyond[] {
  const created = looked.effects.filter(({ verb }) => verb === 'creates');
  const relations = created.filter(({ relation }) => !relation.endsWith('.*'));
  const read = new Set([...looked.reads].flatMap(([step, names]) => (isCheck(looked, step) ? [] : names)));
  const results = relations.filter(({ relation }) => !read.has(relation));
  return [
    ...results.flatMap((effect) => resultBeyond(effect, results.length, looked, words)),
    ...schemasBeyond(created, relations, words),
  ];
}

const isCheck = ({ goal }: Looked, id: string): boolean =>
  goal.steps.find((step) => step.id === id)?.kind === 'check';

function resultBeyond(effect: Effect, results: number, looked: Looked, words: Words): Beyond[] {
  const { relation, step } = effect;
  const bare = relation.slice(relation.indexOf('.') + 1);
  // "Copy x to y" asks for y; with several results, only a spelled name is surely a copy that is wanted.
  const copy = meaning(bare).find(
    (part) => COPIES.has(part) && !(results === 1 ? has(words, part) : spells(words, bare)),
  );
  const only = results > 1 && looked.copies.has(step.id) && !spells(words, bare) && !COPY.test(words.prose);
  const byName = only ? 0 : share(words, bare);
  const related =
    byName > 0 || byColumns(looked.gives.get(relation) ?? [], words) || bySource(step, looked, words);
  if (!only && copy === undefined && (byName >= 0.6 || (results === 1 && related))) return [];
  if (!only && copy === undefined && byName >= 0.5 && byColumns(looked.gives.get(relation) ?? [], words))
    return [];
  return [
    {
      what: 'relation',
      name: relation,
      step: step.id,
      reason: `it would make ${relation}, and ${related ? 'the words do not clearly ask for it' : 'nothing of it is in the words'}`,
    },
  ];
}

/** At least two of its columns, or half of them, are spoken of. */
function byColumns(columns: readonly string[], words: Words): boolean {
  const spoken = columns.filter((column) => share(words, column) >= 0.5).length;
  return spoken >= 2 || (spoken > 0 && spoken * 2 >= columns.length);
}

/** It is made from relations that the words name. */
function bySource(step: Step, { reads }: Looked, words: Words): boolean {
  return (reads.get(step.id) ?? []).some((relation) => names(words, relation));
}

/** A schema is made for what is put into it. */
function schemasBeyond(created: readonly Effect[], relations: readonly Effect[], words: Words): Beyond[] {
  const used = new Set(relations.map(({ relation }) => schemaOf(relation)));
  return created
    .filter(({ relation }) => relation.endsWith('.*'))
    .filter(({ relation }) => !used.has(relation) && !names(words, relation.slice(0, -2)))
    .map(({ relation, step }) => ({
      what: 'relation',
      name: relation.slice(0, -2),
      step: step.id,
      reason: `it would make the schema ${relation.slice(0, -2)}, in which it puts nothing and which the words do not name`,
    }));
}

const schemaOf = (relation: RelationName): string => `${relation.slice(0, relation.indexOf('.'))}.*`;
