/** The bytes that were asked for last, up to so many of them; the oldest go first. */
export class Newest {
  private readonly kept = new Map<string, Buffer>();
  private bytes = 0;

  constructor(
    private readonly most: number,
    private readonly each: number,
  ) {}

  get(key: string): Buffer | undefined {
    const found = this.kept.get(key);
    if (!found) return undefined;
    // A Map keeps the order in which keys were set.
    this.kept.delete(key);
    this.kept.set(key, found);
    return found;
  }

  keep(key: string, value: Buffer): void {
    if (value.length > this.each || this.kept.has(key)) return;
    this.kept.set(key, value);
    this.bytes += value.length;
    for (const [oldest, { length }] of this.kept) {
      if (this.bytes <= this.most) return;
      this.kept.delete(oldest);
      this.bytes -= length;
    }
  }
}
