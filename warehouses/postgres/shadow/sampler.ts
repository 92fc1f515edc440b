import type { PoolClient } from 'pg';
import type { RelationName } from '../../../schemas/change';
import { normaliseRelation, quoteRelation } from '../../../sql/quote';
import type { MissingParents, Place, ReadSession, SampleNeeds, SampleReport, Touch } from '../../warehouse';
import type { Connections } from '../connections';
import { sequencePositions } from '../sequences';
import { openDoors } from './doors';
import { readContents, writeContents, writePositions } from './memory';
import { placesOf } from './places';
import { closeReferences } from './references';
import { parentQuery, sampleQuery } from './sample-copy';
import { onlyWhatIsThere, planSample, type SamplePlan } from './sample-plan';
import { Sampled } from './sampled';
import { loadTouched } from './touched';

export interface SamplerOptions {
  live: Place;
  shadow: Place;
  admin: Connections;
  /** The role that the shadow is written with. */
  role: string;
  rowsPerTable: number;
}

const TIMEOUT_MS = 120_000;

/** Copies rows from the live database into a shadow so that its foreign keys hold, and remembers what is there. */
export class Sampler {
  constructor(private readonly options: SamplerOptions) {}

  async sample(relations: readonly RelationName[], needs: SampleNeeds = {}): Promise<SampleReport> {
    const { touches = [], written = new Set() } = needs;
    const named = [...new Set(relations.map(normaliseRelation))].filter((name) => !name.endsWith('.*'));
    const { counts, gaps, unseen, unknown } = await this.loaded(
      (source) => planSample(source, named, needs),
      (sampled) => load(sampled, touches),
      written,
    );
    return {
      tables: [...counts].map(([relation, count]) => ({ relation, ...count })),
      gaps,
      unseen: [...new Set(unseen)],
      unknown: [...new Set(unknown)],
    };
  }

  /** Parents that rows of a change refer to, and theirs; returns how many rows came. */
  async parents(missing: readonly MissingParents[]): Promise<number> {
    const { counts } = await this.loaded(
      (source) => planSample(source, [], { touches: missing.map(({ parent }) => ({ relation: parent })) }),
      async (sampled) => {
        for (const { parent, keys, ...key } of missing) {
          const table = sampled.plan.tables.get(parent);
          if (table) await sampled.copy(table, parentQuery(table, key, keys));
        }
        await closeReferences(sampled);
      },
    );
    return [...counts.values()].reduce((sum, { rows }) => sum + rows, 0);
  }

  private loaded(
    plans: (source: ReadSession) => Promise<SamplePlan>,
    work: (sampled: Sampled) => Promise<void>,
    written: ReadonlySet<RelationName> = new Set(),
  ): Promise<Sampled> {
    const { live, admin, shadow, role, rowsPerTable } = this.options;
    // One snapshot of the live database: a child and its parents are of the same instant.
    return live.read(
      (source) =>
        admin.lend(async (client) => {
          const contents = await readContents(client);
          const plan = await onlyWhatIsThere(client, await plans(source));
          plan.asked = plan.asked.filter((name) => !contents.get(name)?.asked);
          // What an earlier step has written is as that step left it.
          for (const name of written) plan.tables.delete(name);
          // Also to parents of which no rows are copied: what refers to them is looked for.
          const parents = plan.foreignKeys.map(({ parent }) => parent);
          const doors = await openDoors(client, [...new Set([...plan.tables.keys(), ...parents])], role);
          let sampled: Sampled;
          try {
            sampled = await shadow.write(
              async (target) => {
                const made = new Sampled(source, target, plan, rowsPerTable, contents, written);
                await work(made);
                return made;
              },
              { applicationName: 'sluice sample' },
            );
          } finally {
            await doors.close();
          }
          await remember(client, sampled);
          return sampled;
        }),
      { statementTimeoutMs: TIMEOUT_MS },
    );
  }
}

async function load(sampled: Sampled, touches: readonly Touch[]): Promise<void> {
  const { plan, target } = sampled;
  for (const touch of touches)
    if (touch.rows !== undefined) await loadTouched(sampled, { ...touch, rows: touch.rows });
  for (const relation of plan.asked) await loadSome(sampled, relation);
  for (const touch of touches) if (touch.rows === undefined) await loadAny(sampled, touch.relation);
  await closeReferences(sampled);
  for (const relation of plan.refresh) {
    await sampled.attempt(relation, () =>
      target.execute(`refresh materialized view ${quoteRelation(relation)}`),
    );
  }
}

/** Any rows of a table, up to as many as are wanted. */
async function loadSome(sampled: Sampled, relation: RelationName): Promise<void> {
  const { plan, source, rowsPerTable } = sampled;
  const table = plan.tables.get(relation);
  if (!table) return;
  const { query, places, all } = sampleQuery(table, rowsPerTable);
  let copied: number | undefined;
  if (sampled.hasPlaces) {
    const found = await placesOf(source, places, rowsPerTable);
    if (found && (await sampled.take(relation, found)) !== undefined)
      copied = found.reduce((sum, { ctids }) => sum + ctids.length, 0);
  } else {
    copied = (await sampled.copy(table, query))?.rows;
  }
  if (copied === undefined) return;
  const count = sampled.counts.get(relation) ?? { rows: 0, complete: false };
  sampled.counts.set(relation, count);
  count.complete = all && copied < rowsPerTable;
}

/** A table of which any row will do: there must be one, if the live table has one. */
async function loadAny(sampled: Sampled, relation: RelationName): Promise<void> {
  const { plan, counts, contents, written, unseen } = sampled;
  if (!plan.live.has(relation) || written.has(relation)) return;
  const isThere = (): boolean => {
    const [count, known] = [counts.get(relation), contents.get(relation)];
    return (count !== undefined && (count.rows > 0 || count.complete)) || (known?.checksum.rows ?? 0n) > 0n;
  };
  if (!isThere() && !counts.has(relation)) await loadSome(sampled, relation);
  if (!isThere()) unseen.push(`rows of ${relation}, which could not be copied`);
}

async function remember(client: PoolClient, { contents, plan, source }: Sampled): Promise<void> {
  for (const relation of [...plan.asked, ...plan.refresh]) {
    const content = contents.get(relation);
    if (content) content.asked = true;
  }
  await writeContents(client, contents);
  if (plan.sequences.length > 0)
    await writePositions(client, await sequencePositions(source, plan.sequences));
}
