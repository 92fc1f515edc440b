import type { RelationName } from '../../../schemas/change';

/** What earlier statements of the same step have written, or stand in relation to. */
export class Touched {
  private readonly by = new Map<RelationName, number>();
  private readonly reshaped = new Set<RelationName>();

  /** Notes that statement `ordinal` (from 1) touches these; `shape`: their structure and not only their rows. */
  add(names: Iterable<RelationName>, ordinal: number, shape: boolean): void {
    for (const name of names) {
      if (!this.by.has(name)) this.by.set(name, ordinal);
      if (shape) this.reshaped.add(name);
    }
  }

  /** The first statement that touched any of these. */
  first(names: Iterable<RelationName>): number | undefined {
    for (const name of names) {
      const ordinal = this.by.get(name);
      if (ordinal !== undefined) return ordinal;
    }
    return undefined;
  }

  /** The first statement that touched anything. */
  any(): number | undefined {
    return this.by.size === 0 ? undefined : Math.min(...this.by.values());
  }

  hasShaped(names: Iterable<RelationName>): boolean {
    return [...names].some((name) => this.reshaped.has(name));
  }
}
