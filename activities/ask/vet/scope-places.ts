import type { Beyond } from '../../../schemas/ask';
import type { RelationName } from '../../../schemas/change';
import type { Effect } from './effects';
import type { Asking, Looked } from './scope';
import { plain, spells, type Words } from './words';

/** Names of schemas that say in which layer something is, in one house or another. */
const LAYERS = new Set(
  'raw staging stg base intermediate marts mart dwh core reporting reports analytics'.split(' '),
);

/**
 * Where results and rows go. Where the words say a place (`marts.x`, "into the schema staging"), that is the place; where
 * they say none, a layer that is there, and neither a schema of its own making nor one that is open to everybody.
 */
export function placesBeyond(looked: Looked, { words }: Asking): Beyond[] {
  const created = looked.effects.filter(({ verb }) => verb === 'creates').map(({ relation }) => relation);
  const read = new Set([...looked.reads].flatMap(([step, names]) => (isCheck(looked, step) ? [] : names)));
  const ends = looked.effects.filter(
    ({ verb, relation, step }) =>
      !relation.endsWith('.*') &&
      ((verb === 'creates' && !read.has(relation)) ||
        (['writes', 'replaces'].includes(verb) && !created.includes(relation)) ||
        (verb === 'replaces' && step.kind !== 'sql')),
  );
  const schemas = new Set([...looked.live, ...created].map(schemaOf));
  const unmade = placesIn(words, schemas).filter(
    (name) => !looked.live.includes(name) && !created.includes(name) && !isSource(looked, name),
  );
  const said = schemasIn(words, schemas);
  return ends.flatMap(({ relation, step }: Effect): Beyond[] => {
    if (spells(words, relation)) return [];
    const schema = schemaOf(relation);
    const why =
      unmade.length > 0
        ? `the words name ${unmade[0]}, and it would write to ${relation} instead`
        : said.size > 0 && !said.has(schema)
          ? `the words say ${[...said].join(', ')}, and it would write to ${schema}`
          : !looked.live.includes(relation) && isStrange(schema, looked, words)
            ? `it would make ${relation}, and the words do not name ${schema}`
            : undefined;
    return why === undefined ? [] : [{ what: 'destination', name: relation, step: step.id, reason: why }];
  });
}

const schemaOf = (relation: RelationName): string => relation.slice(0, relation.indexOf('.'));

const isCheck = ({ goal }: Looked, id: string): boolean =>
  goal.steps.find((step) => step.id === id)?.kind === 'check';

/** `schema.name` in the words, of a schema that there is or that is called as schemas are. */
function placesIn({ latest }: Words, schemas: ReadonlySet<string>): RelationName[] {
  const text = latest.replace(/\b[a-z][a-z0-9+.-]*:\/\/\S+|\S+@\S+|\S*\/\S*/g, ' ');
  return [...text.matchAll(/(?<![\w.$-])([a-z_][\w$]*)\.([a-z_][\w$]*)(?![\w$]|[.-]\w)/g)].flatMap(
    ([, schema, name]) => (schemas.has(schema!) || LAYERS.has(schema!) ? [`${schema}.${name}`] : []),
  );
}

/** A table of a source that a step reads. */
function isSource({ goal, sourceReads }: Looked, name: RelationName): boolean {
  return goal.steps.some(({ id, input }) => {
    const { table } = (input as { from?: { table?: string } }).from ?? {};
    return (table !== undefined && plain(table) === name) || (sourceReads.get(id) ?? []).includes(name);
  });
}

const SAID = [
  /\b(?:into|to|in|under|nach|in|dans|en|nel) (?:the |das |le |el |lo )?schema (\w+)/g,
  /\b(?:into|to|in|under) (?:the |das |le |el |lo )?(\w+) schema\b/g,
  /\binto (?:the )?(\w+)(?![\w.])/g,
];

/** Schemas that the words say things should go to. */
function schemasIn({ latest }: Words, schemas: ReadonlySet<string>): Set<string> {
  return new Set(
    SAID.flatMap((pattern) => [...latest.matchAll(pattern)].map(([, name]) => name!)).filter((name) =>
      schemas.has(name),
    ),
  );
}

/** A schema that is not there yet and says nothing, or the one that everybody may read where there are others. */
function isStrange(schema: string, { live }: Looked, words: Words): boolean {
  if (words.tokens.has(schema) || spells(words, schema)) return false;
  const there = new Set(live.map(schemaOf));
  return schema === 'public'
    ? [...there].some((each) => each !== 'public')
    : !there.has(schema) && !LAYERS.has(schema);
}
