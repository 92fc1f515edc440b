/**
 * Reads the part of PromQL that our rules use, and throws where Prometheus would refuse it: unbalanced or misplaced
 * signs, functions that do not exist, ranges where none may be or none where one must.
 */
export interface PromQuery {
  type: 'scalar' | 'vector' | 'range';
  /** Labels that the result surely has. */
  labels: Set<string>;
}

const AGGREGATIONS = new Set(['sum', 'max', 'min', 'avg', 'count']);
/** What each function takes. */
const FUNCTIONS: Record<string, PromQuery['type'][]> = {
  rate: ['range'],
  increase: ['range'],
  absent: ['vector'],
  histogram_quantile: ['scalar', 'vector'],
};
const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?)(?![\w.])|(\[\d+(?:ms|s|m|h|d|w)\])|("(?:[^"\\]|\\.)*")|([a-zA-Z_:][\w:]*)|(==|!=|=~|!~|>=|<=|[-+*/%^<>=(){},]))/y;

export function parsePromql(text: string): PromQuery {
  const tokens = tokensOf(text);
  let at = 0;
  const peek = (): string | undefined => tokens[at];
  const wrong = (): Error => new Error(`PromQL: "${peek() ?? 'the end'}" is not expected in ${text}`);
  const take = (wanted?: string): string => {
    const token = tokens[at];
    if (token === undefined || (wanted !== undefined && token !== wanted)) throw wrong();
    at += 1;
    return token;
  };
  const list = <T>(one: () => T): T[] => {
    const found: T[] = [];
    take('(');
    while (peek() !== ')') {
      found.push(one());
      if (peek() !== ')') take(',');
    }
    take(')');
    return found;
  };
  const name = (): string => {
    if (!/^[a-zA-Z_]\w*$/.test(peek() ?? '')) throw wrong();
    return take();
  };

  function expression(): PromQuery {
    let left = primary();
    while (/^(==|!=|>=|<=|[-+*/%^<>])$/.test(peek() ?? '')) {
      take();
      const right = primary();
      if (left.type === 'range' || right.type === 'range') throw new Error(`PromQL: a range in ${text}`);
      left = left.type === 'vector' ? left : right;
    }
    return left;
  }

  function primary(): PromQuery {
    const token = take();
    if (/^\d/.test(token)) return { type: 'scalar', labels: new Set() };
    if (token === '(') {
      const inner = expression();
      take(')');
      return inner;
    }
    if (!/^[a-zA-Z_:]/.test(token)) throw wrong();
    if (AGGREGATIONS.has(token)) {
      const by = peek() === 'by' ? (take(), list(name)) : [];
      const [inner, ...more] = list(expression);
      if (inner?.type !== 'vector' || more.length > 0)
        throw new Error(`PromQL: ${token} of no vector in ${text}`);
      return { type: 'vector', labels: new Set(by) };
    }
    if (peek() === '(') {
      const types = list(expression).map(({ type }) => type);
      const wanted = Object.hasOwn(FUNCTIONS, token) ? FUNCTIONS[token] : undefined;
      if (wanted?.join() !== types.join()) throw new Error(`PromQL: ${token}(${types.join()}) in ${text}`);
      return { type: 'vector', labels: new Set() };
    }
    return selector();
  }

  function selector(): PromQuery {
    if (peek() === '{') {
      take();
      while (peek() !== '}') {
        name();
        if (!/^(=|!=|=~|!~)$/.test(take()) || !/^"/.test(take())) throw wrong();
        if (peek() !== '}') take(',');
      }
      take();
    }
    const ranged = peek()?.startsWith('[') === true;
    if (ranged) take();
    return { type: ranged ? 'range' : 'vector', labels: new Set() };
  }

  const query = expression();
  if (peek() !== undefined) throw wrong();
  return query;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let end = 0; text.slice(end).trim() !== ''; end = TOKEN.lastIndex) {
    const match = TOKEN.exec(text);
    if (!match) throw new Error(`PromQL: cannot read "${text.slice(end)}"`);
    tokens.push(match[0].trim());
  }
  return tokens;
}
