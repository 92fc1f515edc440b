import type { ParsedStatement } from './parse';

/** Words that may follow the first one of a command and say what it is about. */
const NOUNS = new Set(
  `access aggregate cast class collation configuration constraint conversion data database default dictionary domain
   event extension family foreign function group index into label language large mapping materialized method object
   operator owned owner parser policy prepared privileges procedure publication role routine rule savepoint schema
   search security sequence server statistics subscription system table tablespace template text transaction transform
   trigger trusted type unique user view work wrapper`
    .trim()
    .split(/\s+/),
);

/** Words between the two that say nothing about what it is. */
const FILLERS = /^(or|replace|temp|temporary|unlogged|global|local|recursive)$/;

/** How PostgreSQL's manual calls a statement, in the words that the person wrote: `CREATE MATERIALIZED VIEW`, `ANALYZE`. */
export function statementName({ text }: Pick<ParsedStatement, 'text'>): string {
  const words = text
    .replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
    .split(/[^A-Za-z_]+/, 8)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
  const [first = text.slice(0, 20), ...more] = words;
  const name = [first];
  if (
    /^(create|alter|drop|comment|security|import|reassign|drop|start|release|refresh|insert|delete)$/.test(
      first,
    )
  ) {
    for (const word of more) {
      if (FILLERS.test(word)) continue;
      if (!NOUNS.has(word)) break;
      name.push(word);
    }
  }
  return name.join(' ').toUpperCase();
}
