/** What a person asked for, as far as it can be looked up: their words, taken apart. */
export interface Words {
  /** Lower case, without accents, blanks single. */
  text: string;
  /** The text with names, paths and short quotations struck out, letter for letter: what it *asks* is not in these. */
  prose: string;
  /** Of the newest ask of a chat alone, with the answers to its questions. */
  latest: string;
  /** Words, and parts of names in them. */
  tokens: ReadonlySet<string>;
  /** Words that stand alone: `orders` of "the orders", not of "staging.tmp_orders". */
  alone: ReadonlySet<string>;
}

/** A name with its schema, or of several words; not the name of a file, which says what is in it. */
const NAME = /(?<![\p{L}\p{N}_$"])(?:[\p{L}\p{N}_$"]+(?:\.[\p{L}\p{N}_$"]+)+|[\p{L}\p{N}]*_[\p{L}\p{N}_]*)/gu;
const FILE = /\.(csv|tsv|tab|jsonl|ndjson|json|gz|txt|parquet|xlsx?)$/i;

/**
 * `named`: names that may be spoken of as "it" (of tables that were made in the same chat); a model has chosen them, so
 * they ask for nothing. `latest`: how many of the texts are of the newest ask.
 */
export function wordsFrom(
  texts: readonly string[],
  named: readonly string[] = [],
  latest = texts.length,
): Words {
  const all = [...texts, ...named].join(' . ');
  const alone = all.replace(NAME, (name) => (FILE.test(name) ? name : ' '));
  return {
    text: [...texts, ...named].map(plain).join(' . '),
    prose: texts.map((text) => withoutNames(plain(text))).join(' . '),
    latest: texts.slice(0, latest).map(plain).join(' . '),
    tokens: new Set(tokensOf(all)),
    alone: new Set(tokensOf(alone)),
  };
}

/** What is spelled and not said: addresses, files, names with a schema or several words, short quotations. */
const SPELLED = [
  /\b[a-z][a-z0-9+.-]*:\/\/\S+/g,
  // Somebody else's words; in one kind of quotes, a name: code between backticks may well be what is to be done.
  /"[^"]{1,4000}"|\u201c[^\u201d]{1,4000}\u201d|\u201e[^\u201c\u201d]{1,4000}[\u201c\u201d]|\u00ab[^\u00bb]{1,4000}\u00bb|\u300c[^\u300d]{1,4000}\u300d/gu,
  /(?<![\p{L}\p{N}])'[^'\s]{1,40}(?:\s[^'\s]{1,40}){0,2}'(?![\p{L}\p{N}])|`[^`\s]{1,40}(?:\s[^`\s]{1,40}){0,2}`/gu,
  /(?<![\w./*?-])[\w./*?-]+\.(csv|tsv|tab|jsonl|ndjson|json|gz|txt|parquet|xlsx?|sql|ya?ml|md)\b/g,
  /(?<![a-z0-9_$"])(?:[a-z0-9_$"]+(\.[a-z0-9_$"]+)+|[a-z0-9]*_[a-z0-9_]*)/g,
];

function withoutNames(text: string): string {
  return SPELLED.reduce((left, pattern) => left.replace(pattern, (found) => 'x'.repeat(found.length)), text);
}

/** Lower case, without accents. */
export function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/\be-mail/g, 'email')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Words and parts of names: `dailyDelays_2013` is `daily`, `delays`, `2013`. */
export function tokensOf(text: string): string[] {
  return plain(text.replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2').replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2'))
    .split(/[^\p{L}\p{N}]+/u)
    .filter((token) => token !== '');
}

/** A token is named when a word is it, or the same word in another form: `delay`, `delays`, `delayed`. */
export function has(words: Words, token: string, among = words.tokens): boolean {
  if (among.has(token)) return true;
  const stem = stemOf(token);
  for (const word of among) if (sameWord(stem, stemOf(word))) return true;
  // Scripts without blanks between words.
  return (
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(token) &&
    words.text.includes(token)
  );
}

function sameWord(a: string, b: string): boolean {
  if (a === b) return true;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.length >= 4 && long.length - short.length <= 3 && long.startsWith(short);
}

function stemOf(token: string): string {
  if (token.length > 4 && token.endsWith('ies')) return `${token.slice(0, -3)}y`;
  if (token.length > 4 && /(s|x|z|ch|sh)es$/.test(token)) return token.slice(0, -2);
  if (token.length > 3 && token.endsWith('s') && !token.endsWith('ss')) return token.slice(0, -1);
  return token;
}

/** What names of tables begin with in one house or another, and says nothing of what is in them. */
const LAYERS = new Set([
  ...[
    'stg',
    'staging',
    'raw',
    'src',
    'base',
    'int',
    'dim',
    'fct',
    'fact',
    'mart',
    'marts',
    'rpt',
    'report',
    'reports',
  ],
  ...[
    'vw',
    'view',
    'tbl',
    'table',
    'mv',
    'v',
    't',
    'by',
    'per',
    'of',
    'the',
    'and',
    'for',
    'in',
    'on',
    'with',
    'to',
  ],
]);

/** The parts of a name that say what it is about. */
export function meaning(name: string): string[] {
  const tokens = tokensOf(name);
  const telling = tokens.filter((token) => !LAYERS.has(token));
  return telling.length > 0 ? telling : tokens;
}

/** How much of a name the words say, from 0 to 1. */
export function share(words: Words, name: string, among = words.tokens): number {
  const parts = meaning(name);
  if (parts.length === 0) return 0;
  return parts.filter((part) => has(words, part, among)).length / parts.length;
}

/**
 * Whether the words name a relation: whole, or its own name as one or several words. The name of another relation that
 * holds it does not count.
 */
export function names(words: Words, relation: string): boolean {
  const bare = relation.slice(relation.lastIndexOf('.') + 1);
  return spells(words, relation) || spells(words, bare, '.') || share(words, bare, words.alone) === 1;
}

/** Whether the words hold a name as it is spelled, not as a part of another; `nor`: what may not stand before it, too. */
export function spells(words: Pick<Words, 'text'>, name: string, nor = ''): boolean {
  const wanted = plain(name).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const before = `[^\\p{L}\\p{N}_${nor === '' ? '' : `\\${nor}`}]`;
  return new RegExp(`(^|${before})${wanted}($|[^\\p{L}\\p{N}_])`, 'u').test(words.text);
}
