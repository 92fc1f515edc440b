import type { PoolClient } from 'pg';
import type { RelationName } from '../../../schemas/change';
import { normaliseRelation, quoteRelation } from '../../../sql/quote';
import { SluiceError } from '../../../schemas/errors';
import type { Place, ReadSession, SampleReport, WriteSession } from '../../warehouse';
import type { Connections } from '../connections';
import { addContent, contentChecksum, subtractContent } from '../content';
import { sequencePositions } from '../sequences';
import { openDoors } from './doors';
import { readContents, writeContents, writePositions } from './memory';
import type { Contents } from './memory';
import type { Copied } from './sample-copy';
import { copyRows, deleteOrphans, detachOrphans, missingKeys, parentQuery, sampleQuery } from './sample-copy';
import type { ForeignKey, LiveTable, SamplePlan } from './sample-plan';
import { onlyWhatIsThere, planSample } from './sample-plan';

export interface SamplerOptions {
  live: Place;
  shadow: Place;
  admin: Connections;
  /** The role that the shadow is written with. */
  role: string;
  rowsPerTable: number;
}

const TIMEOUT_MS = 120_000;
/** So many times the wanted rows may come along as rows that others refer to, per key and round. */
const KEYS_PER_ROW = 10;
const ROUNDS = 100;

/** Copies rows from the live database into a shadow so that its foreign keys hold, and remembers what is there. */
export class Sampler {
  private readonly counts = new Map<RelationName, { rows: number; complete: boolean }>();
  private readonly gaps: string[] = [];
  private contents: Contents = new Map();

  constructor(private readonly options: SamplerOptions) {}

  sample(relations: readonly RelationName[]): Promise<SampleReport> {
    const { live, admin, shadow, role } = this.options;
    const named = [...new Set(relations.map(normaliseRelation))].filter((name) => !name.endsWith('.*'));
    // One snapshot of the live database: a child and its parents are of the same instant.
    return live.read(
      (source) =>
        admin.lend(async (client) => {
          this.contents = await readContents(client);
          const plan = await onlyWhatIsThere(client, await planSample(source, named));
          this.gaps.push(...plan.gaps);
          plan.asked = plan.asked.filter((name) => !this.contents.get(name)?.asked);
          // Also to parents of which no rows are copied: what refers to them is looked for.
          const parents = plan.foreignKeys.map(({ parent }) => parent);
          const doors = await openDoors(client, [...new Set([...plan.tables.keys(), ...parents])], role);
          try {
            await shadow.write((target) => this.load(source, target, plan), {
              applicationName: 'sluice sample',
            });
          } finally {
            await doors.close();
          }
          await this.remember(source, client, plan);
          return {
            tables: [...this.counts].map(([relation, count]) => ({ relation, ...count })),
            gaps: this.gaps,
          };
        }),
      { statementTimeoutMs: TIMEOUT_MS },
    );
  }

  private async load(source: ReadSession, target: WriteSession, plan: SamplePlan): Promise<void> {
    const { rowsPerTable } = this.options;
    for (const relation of plan.asked) {
      const table = plan.tables.get(relation)!;
      const { query, all } = sampleQuery(table, rowsPerTable);
      const copied = await this.copy(source, target, table, query);
      if (copied) this.counts.get(relation)!.complete = all && copied.rows < rowsPerTable;
    }
    await this.loadParents(source, target, plan);
    await this.settleOrphans(target, plan);
    for (const relation of plan.refresh) {
      await this.attempt(target, relation, () =>
        target.execute(`refresh materialized view ${quoteRelation(relation)}`),
      );
    }
    for (const relation of this.counts.keys()) {
      const known = this.contents.get(relation);
      if (known?.checksum) continue;
      const only = plan.tables.get(relation)?.only ?? false;
      this.contents.set(relation, {
        asked: false,
        ...known,
        checksum: await contentChecksum(target, relation, only),
      });
    }
  }

  /** Rows that the copied ones refer to, and what those refer to, until nothing is missing. */
  private async loadParents(source: ReadSession, target: WriteSession, plan: SamplePlan): Promise<void> {
    const limit = this.options.rowsPerTable * KEYS_PER_ROW;
    for (let round = 0, found = true; found && round < ROUNDS; round += 1) {
      found = false;
      for (const key of plan.foreignKeys) {
        const parent = plan.tables.get(key.parent);
        if (!parent || !this.counts.has(key.child)) continue;
        const keys = await missingKeys(target, key, limit);
        if (keys[0]!.length === 0) continue;
        const copied = await this.copy(source, target, parent, parentQuery(parent, key, keys));
        found ||= copied !== undefined && copied.rows > 0;
      }
    }
  }

  /** What still refers to a row that was not copied is let go of, or goes. */
  private async settleOrphans(target: WriteSession, plan: SamplePlan): Promise<void> {
    const settled = new Map<string, number>();
    for (let round = 0, moved = true; moved && round < ROUNDS; round += 1) {
      moved = false;
      for (const key of plan.foreignKeys) {
        const { rows, end } = await this.settle(target, key);
        if (rows === 0) continue;
        moved = true;
        const gap = `rows of ${key.child} refer to rows of ${key.parent} that were not copied: they ${end}`;
        settled.set(gap, rows + (settled.get(gap) ?? 0));
      }
    }
    for (const [gap, rows] of settled) this.gaps.push(`${rows} sampled ${gap}`);
  }

  private async settle(target: WriteSession, key: ForeignKey): Promise<{ rows: number; end: string }> {
    const count = this.counts.get(key.child);
    if (!count) return { rows: 0, end: '' };
    const known = this.contents.get(key.child);
    if (key.nullable.length > 0 && !known) {
      const rows = await detachOrphans(target, key);
      if (rows > 0) count.complete = false;
      return { rows, end: 'refer to nothing in the shadow' };
    }
    const gone = await deleteOrphans(target, key);
    const rows = Number(gone.rows);
    if (rows > 0) {
      count.complete = false;
      count.rows -= rows;
      if (known) known.checksum = subtractContent(known.checksum, gone);
    }
    return { rows, end: 'were left out' };
  }

  private async copy(
    source: ReadSession,
    target: WriteSession,
    table: LiveTable,
    query: string,
  ): Promise<Copied | undefined> {
    const { relation } = table;
    const count = this.counts.get(relation) ?? { rows: 0, complete: false };
    this.counts.set(relation, count);
    const copied = await this.attempt(target, relation, () => copyRows(source, target, table, query));
    if (!copied) return undefined;
    count.rows += copied.rows;
    const known = this.contents.get(relation);
    if (known && copied.added) known.checksum = addContent(known.checksum, copied.added);
    return copied;
  }

  /** What fails costs only the one table: a row that a NOT VALID constraint has let live cannot be copied. */
  private async attempt<T>(
    target: WriteSession,
    relation: RelationName,
    work: () => Promise<T>,
  ): Promise<T | undefined> {
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

  private async remember(source: ReadSession, client: PoolClient, plan: SamplePlan): Promise<void> {
    for (const relation of [...plan.asked, ...plan.refresh]) {
      const content = this.contents.get(relation);
      if (content) content.asked = true;
    }
    await writeContents(client, this.contents);
    if (plan.sequences.length > 0)
      await writePositions(client, await sequencePositions(source, plan.sequences));
  }
}
