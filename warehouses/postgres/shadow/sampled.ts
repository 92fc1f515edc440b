import type { RelationName } from '../../../schemas/change';
import { SluiceError } from '../../../schemas/errors';
import type { ReadSession, WriteSession } from '../../warehouse';
import { addContent } from '../content';
import type { Contents } from './memory';
import { rowsAt, type Places } from './places';
import { copyRows, type Copied } from './sample-copy';
import type { LiveTable, SamplePlan } from './sample-plan';

/** What has come into the shadow by now, and what could not; copies rows so that all of it stays true. */
export class Sampled {
  readonly counts = new Map<RelationName, { rows: number; complete: boolean }>();
  readonly gaps: string[] = [];
  readonly unseen: string[] = [];
  readonly unknown: RelationName[] = [];
  /** Places of rows that were copied, by the table that has them: none is copied twice. */
  private readonly taken = new Map<RelationName, Set<string>>();

  constructor(
    readonly source: ReadSession,
    readonly target: WriteSession,
    readonly plan: SamplePlan,
    readonly rowsPerTable: number,
    /** What earlier samples have left. */
    readonly contents: Contents,
    /** What earlier steps have written in the shadow. */
    readonly written: ReadonlySet<RelationName>,
  ) {
    this.gaps.push(...plan.gaps);
  }

  get hasPlaces(): boolean {
    return this.taken.size > 0;
  }

  async copy(table: LiveTable, query: string): Promise<Copied | undefined> {
    const { relation } = table;
    const count = this.counts.get(relation) ?? { rows: 0, complete: false };
    this.counts.set(relation, count);
    const copied = await this.attempt(relation, () => copyRows(this.source, this.target, table, query));
    if (!copied) return undefined;
    count.rows += copied.rows;
    const known = this.contents.get(relation);
    if (known && copied.added) known.checksum = addContent(known.checksum, copied.added);
    return copied;
  }

  /** Copies rows by their places, each once; returns how many, or undefined when they could not be copied. */
  async take(relation: RelationName, places: readonly Places[]): Promise<number | undefined> {
    let rows = 0;
    // A partitioned table takes the rows of its partitions; what inherits has a table of its own.
    const inheriting = this.plan.tables.get(relation)?.only === true;
    for (const each of places) {
      const table = this.plan.tables.get(inheriting ? each.relation : relation);
      const fresh = this.fresh(each);
      if (fresh.ctids.length === 0) continue;
      const copied = table && (await this.copy(table, rowsAt([fresh], table.columns)));
      if (!copied) return undefined;
      this.taken.set(each.relation, new Set([...(this.taken.get(each.relation) ?? []), ...fresh.ctids]));
      rows += copied.rows;
    }
    return rows;
  }

  /** Those that were not taken yet. */
  fresh(places: Places): Places {
    const taken = this.taken.get(places.relation);
    return { ...places, ctids: places.ctids.filter((ctid) => taken?.has(ctid) !== true) };
  }

  /** A table without a key that has a sample already: what is there could not be told from what would come. */
  isSettled(table: LiveTable): boolean {
    return !table.keyed && this.contents.has(table.relation);
  }

  /** What fails costs only the one table: a row that a NOT VALID constraint has let live cannot be copied. */
  async attempt<T>(relation: RelationName, work: () => Promise<T>): Promise<T | undefined> {
    const { target } = this;
    await target.execute('savepoint sample');
    try {
      const result = await work();
      await target.execute('release savepoint sample');
      return result;
    } catch (error) {
      if (!(error instanceof SluiceError) || ['cancelled', 'transient', 'internal'].includes(error.code))
        throw error;
      await target.execute('rollback to savepoint sample');
      this.gaps.push(`rows of ${relation} could not be copied: ${error.message}`);
      return undefined;
    }
  }
}
