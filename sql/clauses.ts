import { scanSql, type Token } from './scan';
import { sqlText } from './text';

/**
 * Parts of a statement as text. There is no deparser here, on purpose: what runs is what the person wrote. Parts are
 * cut with PostgreSQL's own scanner at the top level (outside every parenthesis and bracket).
 */

/** Tokens without comments, each with its depth of parentheses and brackets. */
export async function topTokens(text: string): Promise<(Token & { depth: number })[]> {
  let depth = 0;
  return (await scanSql(sqlText(text)))
    .filter((token) => !token.isComment)
    .map((token) => {
      if (token.text === ')' || token.text === ']') depth -= 1;
      const found = { ...token, depth };
      if (token.text === '(' || token.text === '[') depth += 1;
      return found;
    });
}

/**
 * `alter table t a, b` as `alter table t a` and `alter table t b`. The first word after the name begins the actions.
 */
export async function splitAlterTable(text: string): Promise<string[]> {
  const tokens = await topTokens(text);
  let at = 2;
  const is = (word: string): boolean => tokens[at]?.text.toLowerCase() === word;
  if (is('if')) at += 2;
  if (is('only')) at += 1;
  at += 1;
  while (is('.')) at += 2;
  if (is('*')) at += 1;
  const head = text.slice(0, tokens[at - 1]?.end ?? 0);
  const actions: string[] = [];
  let from = tokens[at]?.start ?? text.length;
  for (const token of tokens.slice(at)) {
    if (token.depth > 0 || token.text !== ',') continue;
    actions.push(text.slice(from, token.start).trim());
    from = token.end;
  }
  actions.push(text.slice(from).trim());
  return actions.map((action) => `${head} ${action}`);
}

export interface TypeChange {
  /** The new type with its collation, as written. */
  type: string;
  collation?: string;
  /** The expression after USING. */
  using?: string;
}

/** The parts of `alter table t alter [column] c [set data] type …`. */
export async function typeChange(text: string): Promise<TypeChange> {
  const tokens = await topTokens(text);
  const find = (word: string, from: number): number =>
    tokens.findIndex(
      (token, index) => index >= from && token.depth === 0 && token.text.toLowerCase() === word,
    );
  // Not the column's own name: `type` comes after `alter [column] name [set data]`.
  const alter = find('alter', 1);
  const named = tokens[alter + 1]?.text.toLowerCase() === 'column' ? alter + 2 : alter + 1;
  const type = find('type', named + 1);
  const collate = find('collate', type + 1);
  const using = find('using', type + 1);
  const collateEnd = using < 0 ? text.length : tokens[using]!.start;
  const ends = [collate, using].filter((index) => index >= 0).map((index) => tokens[index]!.start);
  return {
    type: text.slice(tokens[type]!.end, Math.min(text.length, ...ends)).trim(),
    collation: collate < 0 ? undefined : text.slice(tokens[collate]!.end, collateEnd).trim(),
    using: using < 0 ? undefined : text.slice(tokens[using]!.end).trim(),
  };
}

/**
 * The rows an INSERT, UPDATE or DELETE is about, as a query that only reads: for EXPLAIN and for counting. Undefined
 * where there is none (`INSERT … DEFAULT VALUES`). `select`: what it gives of each row of an UPDATE or DELETE.
 */
export async function rowsQuery(
  text: string,
  kind: 'insert' | 'update' | 'delete',
  select = '1',
): Promise<string | undefined> {
  const tokens = await topTokens(text);
  const find = (from: number, ...words: string[]): number =>
    tokens.findIndex(
      (token, index) => index >= from && token.depth === 0 && words.includes(token.text.toLowerCase()),
    );
  const cut = (from: number, to: number): string =>
    text.slice(tokens[from]?.start ?? text.length, to < 0 ? undefined : tokens[to]?.start).trim();
  const verb = find(0, kind);
  const head = verb > 0 ? `${cut(0, verb)} ` : '';
  if (kind === 'insert') {
    const body = find(verb + 2, 'select', 'values', 'table', 'with');
    const open = tokens.findIndex(
      (token, index) =>
        index > verb &&
        token.text === '(' &&
        /^(select|values|with|table)$/i.test(tokens[index + 1]?.text ?? ''),
    );
    const from = body < 0 ? open : body;
    if (from < 0 || tokens[from - 1]?.text.toLowerCase() === 'default') return undefined;
    const conflict = tokens.findIndex(
      (token, index) => index > from && token.depth === 0 && isConflict(token, tokens[index + 1]),
    );
    return `${head}${cut(from, conflict)}`.trim();
  }
  const afterTarget = kind === 'update' ? find(verb, 'set') : find(verb, 'using', 'where');
  const targetFrom = kind === 'update' ? verb + 1 : verb + 2;
  const target = cut(targetFrom, afterTarget);
  const where = find(verb, 'where');
  const others = tokens.findIndex((token, index) => {
    const inside = index >= afterTarget && (where < 0 || index < where) && token.depth === 0;
    const word = token.text.toLowerCase();
    // `a is distinct from b` has a FROM that begins no list of tables.
    return (
      inside &&
      word === (kind === 'update' ? 'from' : 'using') &&
      tokens[index - 1]?.text.toLowerCase() !== 'distinct'
    );
  });
  const more = others < 0 ? '' : `, ${cut(others + 1, where)}`;
  return `${head}select ${select} from ${target}${more}${where < 0 ? '' : ` ${cut(where, -1)}`}`;
}

/** The rows of its table that a MERGE finds, as a query that only reads; undefined where it cannot be told apart. */
export async function mergedQuery(text: string, select: string): Promise<string | undefined> {
  const tokens = await topTokens(text);
  const find = (from: number, word: string): number =>
    tokens.findIndex(
      (token, index) => index >= from && token.depth === 0 && token.text.toLowerCase() === word,
    );
  const into = find(find(0, 'merge'), 'into');
  const using = find(into, 'using');
  const on = find(using, 'on');
  const when = tokens.findIndex(
    (token, index) =>
      index > on &&
      token.depth === 0 &&
      token.text.toLowerCase() === 'when' &&
      ['matched', 'not'].includes(tokens[index + 1]?.text.toLowerCase() ?? ''),
  );
  if ([into, using, on, when].some((index) => index < 0)) return undefined;
  const cut = (from: number, to: number): string => text.slice(tokens[from]!.end, tokens[to]!.start).trim();
  const head = text.slice(0, tokens[find(0, 'merge')]!.start);
  return `${head}select ${select} from ${cut(into, using)} join ${cut(using, on)} on ${cut(on, when)}`;
}

function isConflict(token: Token, next: Token | undefined): boolean {
  return token.text.toLowerCase() === 'on' && next?.text.toLowerCase() === 'conflict';
}

/** `a = b + 1` of an UPDATE's SET, by the column's place in it; undefined where the form is another one (`(a, b) = …`). */
export async function assignments(text: string): Promise<(string | undefined)[]> {
  const tokens = await topTokens(text);
  const find = (from: number, word: string): number =>
    tokens.findIndex(
      (token, index) => index >= from && token.depth === 0 && token.text.toLowerCase() === word,
    );
  const set = find(find(0, 'update'), 'set');
  const ends = tokens.findIndex(
    (token, index) =>
      index > set &&
      token.depth === 0 &&
      (token.text.toLowerCase() === 'where' ||
        (token.text.toLowerCase() === 'from' && tokens[index - 1]?.text.toLowerCase() !== 'distinct')),
  );
  const found: (string | undefined)[] = [];
  let from = set + 1;
  const last = ends < 0 ? tokens.length : ends;
  for (let at = from; at <= last; at += 1) {
    const token = tokens[at];
    if (at < last && !(token!.depth === 0 && token!.text === ',')) continue;
    const plain = tokens[from + 1]?.text === '=' && at > from + 2;
    const value = text.slice(tokens[from + 2]?.start, at < tokens.length ? token!.start : undefined).trim();
    found.push(plain && value.toLowerCase() !== 'default' ? value : undefined);
    from = at + 1;
  }
  return found;
}

/** Text inside the parentheses of `check (…)` in `alter table … add [constraint n] check (…)`. */
export async function checkExpression(text: string): Promise<string | undefined> {
  const tokens = await topTokens(text);
  const check = tokens.findIndex(
    (token, index) => index > 2 && token.depth === 0 && token.text.toLowerCase() === 'check',
  );
  const open = tokens[check + 1];
  if (check < 0 || open?.text !== '(') return undefined;
  const close = tokens.find(
    (token) => token.start > open.start && token.text === ')' && token.depth === open.depth,
  );
  return close && text.slice(open.end, close.start).trim();
}

/** The query of a `create view … as …`, without WITH CHECK OPTION; undefined where it cannot be told. */
export async function viewQuery(text: string): Promise<string | undefined> {
  const tokens = await topTokens(text);
  const as = tokens.findIndex((token) => token.depth === 0 && token.text.toLowerCase() === 'as');
  const words = tokens.slice(-4).map((token) => token.text.toLowerCase());
  const checked = words.at(-1) === 'option' && words.at(-2) === 'check';
  const withAt = checked ? tokens.findLastIndex((token) => token.text.toLowerCase() === 'with') : -1;
  const end = withAt < 0 ? text.length : tokens[withAt]!.start;
  return as < 0 ? undefined : text.slice(tokens[as]!.end, end).trim();
}
