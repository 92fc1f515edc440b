import { checkGoal } from '../../capabilities/document';
import { registry } from '../../capabilities/registry';
import { bundleFiles } from '../../activities/admit';
import type { Bundle } from '../../activities/services';
import { registerGoal, type Registered } from '../../client/core/schedules/register';
import { removeSchedule } from '../../client/core/schedules/steer';
import type { Link } from '../../client/core/stack';
import { configSchema } from '../../schemas/config';
import type { RunRow } from '../../store/runs';
import type { RealEngine } from './in-process';

/** What a client works with, of an engine in the test's process. */
export function linkOf(engine: RealEngine): Link {
  return {
    client: engine.client,
    store: engine.services.store,
    taskQueue: engine.taskQueue,
    home: engine.root,
    uiUrl: () => undefined,
    renew: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

/** A goal document as `schedule FILE` reads it, below the engine's root. */
export async function scheduledBundle(engine: RealEngine, document: object): Promise<Bundle> {
  const goal = checkGoal({ apiVersion: 'sluice/v1', ...document }, registry, {}, 'schedule');
  const files = await bundleFiles(goal, registry, engine.root);
  return { goal, config: configSchema.parse({}), root: engine.root, files };
}

/** Registers goals and takes them away again: the Temporal server is shared with other tests. */
export class Registrar {
  private readonly goals = new Set<string>();
  readonly link: Link;

  constructor(private readonly engine: RealEngine) {
    this.link = linkOf(engine);
  }

  async register(document: object): Promise<Registered> {
    const registered = await registerGoal(this.link, await scheduledBundle(this.engine, document), 'ann');
    this.goals.add(registered.goal);
    return registered;
  }

  async clear(): Promise<void> {
    for (const goal of this.goals) await removeSchedule(this.link, goal).catch(() => undefined);
    this.goals.clear();
  }

  /** Runs of a goal, oldest first, once there are so many that have come to one of these statuses. */
  async runs(goal: string, count: number, statuses: string[] = ['succeeded']): Promise<RunRow[]> {
    for (const end = Date.now() + 60_000; ;) {
      const rows = await this.link.store.runs.list({ goal, limit: 50 });
      if (rows.filter((row) => statuses.includes(row.status)).length >= count) return rows.reverse();
      if (Date.now() > end)
        throw new Error(
          `waited for ${count} runs of ${goal}: ${JSON.stringify(rows.map((row) => [row.runId, row.status]))}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
