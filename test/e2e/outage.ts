import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { showSchedule } from '../../client/core/schedules/look';
import { registerGoal } from '../../client/core/schedules/register';
import type { Link } from '../../client/core/stack';
import { startTestTemporal, type TestTemporalServer } from '../support/temporal-server';
import type { RealEngine } from './in-process';
import { linkOf, scheduledBundle } from './link';

/** Longer than the shortest span that Temporal makes up for, 10 s, in milliseconds. */
const OUTAGE_MS = 13_000;

/** A Temporal server of its own that goes down while goals are due every second. Nobody works: only starts matter. */
export class Outage {
  private readonly directory = mkdtempSync(join(tmpdir(), 'sluice-outage-'));
  private server?: TestTemporalServer;
  private link?: Link;
  private down = 0;
  /** Made up for within 10 s, and within an hour. */
  readonly short = `short-${randomUUID().slice(0, 8)}`;
  readonly long = `long-${randomUUID().slice(0, 8)}`;

  private constructor(private readonly engine: RealEngine) {}

  static async begin(engine: RealEngine, steps: object[]): Promise<Outage> {
    const outage = new Outage(engine);
    const link = await outage.start();
    for (const [goal, catchup] of [
      [outage.short, '10s'],
      [outage.long, '1h'],
    ] as const) {
      const schedule = { cron: '@every 1s', overlap: 'allow_all', catchup };
      await registerGoal(link, await scheduledBundle(engine, { goal, schedule, steps }), 'ann');
    }
    const begun = async (goal: string) => (await showSchedule(link, goal)).counts.started > 0;
    while (!((await begun(outage.short)) && (await begun(outage.long))))
      await new Promise((resolve) => setTimeout(resolve, 100));
    await outage.stop();
    outage.down = Math.ceil(Date.now() / 1_000);
    return outage;
  }

  /** Seconds since 1970 from when and until when the server was away, and a link to it as it is again. */
  async end(): Promise<{ down: number; up: number; again: Link; short: string; long: string }> {
    const { down, short, long } = this;
    const left = down * 1_000 + OUTAGE_MS - Date.now();
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
    const up = Math.floor(Date.now() / 1_000);
    return { down, up, again: await this.start(), short, long };
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async start(): Promise<Link> {
    const scratch = join(this.directory, randomUUID());
    mkdirSync(scratch);
    this.server = await startTestTemporal(scratch, join(this.directory, 'temporal.db'));
    const connection = await Connection.connect({ address: this.server.address });
    const client = new Client({ connection, namespace: this.server.namespace });
    this.link = { ...linkOf(this.engine), client, taskQueue: 'nobody', close: () => connection.close() };
    return this.link;
  }

  private async stop(): Promise<void> {
    await this.link?.close();
    await this.server?.stop();
    this.link = this.server = undefined;
  }
}
