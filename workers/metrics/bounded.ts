/** Different goals, relations or notifiers in the labels of one metric; what comes later is counted as `other`. */
const DISTINCT = 100;

/** Seconds. */
export const BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

/** Keeps a label from having more values than a time series database wants to hear of. */
export class Bounded {
  private readonly known = new Set<string>();

  constructor(private readonly most = DISTINCT) {}

  label(value: string): string {
    if (this.known.has(value)) return value;
    if (this.known.size >= this.most) return 'other';
    this.known.add(value);
    return value;
  }
}
