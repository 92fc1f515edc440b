/** One figure of `npm run bench`: what was measured, beside the bar the issue sets. */
export interface BenchRow {
  name: string;
  value: number;
  unit: string;
  /** At most this; absent: a figure without a bar. */
  bar?: number;
  ok: boolean;
  /** What was compared with what, and the spread. */
  detail: string;
}

export function atMost(name: string, value: number, unit: string, bar: number, detail: string): BenchRow {
  return { name, value, unit, bar, ok: value <= bar, detail };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
