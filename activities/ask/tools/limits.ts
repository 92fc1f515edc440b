/** What a reading tool may take and give. A model's call is one of many: it gets an answer soon, or a reason. */
export interface ReadLimits {
  /** Milliseconds of one statement. */
  timeoutMs: number;
  /** Rows that are shown. */
  rows: number;
  /** Columns of a result. */
  columns: number;
  /** Bytes of an answer, as JSON. */
  bytes: number;
}

export const LIMITS: ReadLimits = { timeoutMs: 10_000, rows: 50, columns: 60, bytes: 15_000 };

/**
 * An answer that fits: entries at the end of its lists go, the longest list first, and `left_out` says how many of
 * which. What has no list is small by its making.
 */
export function fitting<T extends Record<string, unknown>>(
  content: T,
  bytes = LIMITS.bytes,
): T & { left_out?: Record<string, number> } {
  const result: Record<string, unknown> = { ...content };
  const leftOut: Record<string, number> = {};
  const size = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');
  let over = size(result) - bytes;
  while (over > 0) {
    const lists = Object.entries(result).filter(
      (entry): entry is [string, unknown[]] => Array.isArray(entry[1]) && entry[1].length > 0,
    );
    if (lists.length === 0) break;
    const [key, list] = lists.reduce((a, b) => (size(a[1]) >= size(b[1]) ? a : b));
    let keep = list.length;
    for (let gone = 0; keep > 0 && gone < over + 40; keep--) gone += size(list[keep - 1]) + 1;
    leftOut[key] = (leftOut[key] ?? 0) + list.length - keep;
    result[key] = list.slice(0, keep);
    over = size({ ...result, left_out: leftOut }) - bytes;
  }
  return (Object.keys(leftOut).length > 0 ? { ...result, left_out: leftOut } : result) as T & {
    left_out?: Record<string, number>;
  };
}
