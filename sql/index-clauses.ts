import { topTokens } from './clauses';

/**
 * What a `create index` is over, as written: the values of its key, one each (`name`, `lower(name)`, `(a + b)`, without
 * collation, operator class and order), and the condition of a partial index.
 */
export async function indexClauses(text: string): Promise<{ elements: string[]; where?: string }> {
  const tokens = await topTokens(text);
  const on = tokens.findIndex(({ depth, text: word }) => depth === 0 && word.toLowerCase() === 'on');
  const open = tokens.findIndex(({ depth, text: word }, index) => index > on && depth === 0 && word === '(');
  if (on < 0 || open < 0) return { elements: [] };
  const elements: string[] = [];
  let from = open + 1;
  let close = from;
  for (; close < tokens.length; close += 1) {
    const { text: word, depth } = tokens[close]!;
    const ends = depth === 0 && word === ')';
    if (!ends && !(depth === 1 && word === ',')) continue;
    const paren = tokens.findIndex((each, index) => index >= from && index < close && each.text === '(');
    const last =
      paren < 0
        ? from
        : tokens.findIndex((each, index) => index > paren && each.depth === 1 && each.text === ')');
    elements.push(text.slice(tokens[from]!.start, tokens[last]!.end));
    if (ends) break;
    from = close + 1;
  }
  const where = tokens.find(
    ({ depth, text: word }, index) => index > close && depth === 0 && word.toLowerCase() === 'where',
  );
  return { elements, ...(where && { where: text.slice(where.end).trim() }) };
}
