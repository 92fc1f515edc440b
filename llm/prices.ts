import type { Price } from '../schemas/llm';

/** Tokens by kind, as an answer's usage counts them. */
export interface TokenCounts {
  input: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
  cacheRead: number;
  output: number;
}

/** US dollars per million tokens, as published in October 2026; `llm.prices` is laid over it. */
const BUILT_IN: Readonly<Record<string, Price>> = {
  'claude-opus-5-5': { input: 4, output: 20 },
  'claude-sonnet-5-5': { input: 2, output: 10 },
  'claude-haiku-5-5': { input: 0.1, output: 0.5, long: { tokens: 100_000, factor: 5 } },
};

/**
 * The price of a model: its own, else that of the longest name it begins with (`claude-opus-5-5-20261021`), else the
 * dearest in the table, so that a budget is rather too small than too large.
 */
export function priceOf(model: string, configured: Readonly<Record<string, Price>>): Price {
  const table = { ...BUILT_IN, ...configured };
  const own = Object.keys(table)
    .filter((name) => model === name || model.startsWith(`${name}-`))
    .sort((a, b) => b.length - a.length)[0];
  if (own !== undefined) return table[own]!;
  return Object.values(table).reduce((dearest, price) =>
    price.output > dearest.output || (price.output === dearest.output && price.input > dearest.input)
      ? price
      : dearest,
  );
}

/** What these tokens cost. A prompt that is long costs more as a whole. */
export function costOf(price: Price, tokens: TokenCounts): number {
  const prompt = tokens.input + tokens.cacheWrite5m + tokens.cacheWrite1h + tokens.cacheRead;
  const factor = price.long && prompt > price.long.tokens ? price.long.factor : 1;
  const { cacheWrite5m = 1.25 * price.input, cacheWrite1h = 2 * price.input } = price;
  const { cacheRead = 0.1 * price.input } = price;
  const sum =
    tokens.input * price.input +
    tokens.cacheWrite5m * cacheWrite5m +
    tokens.cacheWrite1h * cacheWrite1h +
    tokens.cacheRead * cacheRead +
    tokens.output * price.output;
  return (sum * factor) / 1_000_000;
}
