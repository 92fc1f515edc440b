import { sql } from 'kysely';
import type { StoreDb } from './database';

/** One message for one notifier, as it waits in the outbox. `S` and `M` are plain JSON. */
export interface Due<S, M> {
  id: string;
  key: string;
  notifier: string;
  settings: S;
  message: M;
  attempts: number;
}

export interface NotificationState {
  key: string;
  notifier: string;
  event: string;
  runId: string;
  attempts: number;
  lastError: string | null;
  sentAt: Date | null;
  givenUpAt: Date | null;
}

/** The outbox of what is to be told. */
export class Notifications {
  constructor(private readonly db: StoreDb) {}

  /** Idempotent: what is there under this key is there once, whatever became of it. */
  async add(item: {
    key: string;
    notifier: string;
    event: string;
    runId: string;
    goal: string;
    settings: object;
    message: object;
  }): Promise<void> {
    await sql`insert into notification (key, notifier, event, run_id, goal, settings, message)
      values (${item.key}, ${item.notifier}, ${item.event}, ${item.runId}, ${item.goal},
              ${JSON.stringify(item.settings)}::jsonb, ${JSON.stringify(item.message)}::jsonb)
      on conflict (key) do nothing`.execute(this.db);
  }

  /** Notifiers that have something to say now. */
  async due(): Promise<string[]> {
    const { rows } = await sql<{ notifier: string }>`
      select distinct notifier from notification
       where sent_at is null and given_up_at is null and next_at <= clock_timestamp()`.execute(this.db);
    return rows.map(({ notifier }) => notifier);
  }

  /** The oldest of one notifier; for `leaseMs` no other worker takes them, and after that any does. */
  async claim<S, M>(notifier: string, most: number, leaseMs: number): Promise<Due<S, M>[]> {
    const { rows } = await sql<Due<S, M>>`
      update notification
         set attempts = attempts + 1, next_at = clock_timestamp() + ${`${leaseMs} milliseconds`}::interval
       where id in (
         select id from notification
          where notifier = ${notifier} and sent_at is null and given_up_at is null
            and next_at <= clock_timestamp()
          order by id limit ${most} for update skip locked)
      returning id, key, notifier, settings, message, attempts`.execute(this.db);
    return rows.sort((a, b) => Number(a.id) - Number(b.id));
  }

  async sent(id: string): Promise<void> {
    await sql`update notification set sent_at = clock_timestamp(), last_error = null where id = ${id}`.execute(
      this.db,
    );
  }

  async failed(id: string, error: string, waitMs: number): Promise<void> {
    await sql`update notification
         set last_error = ${error}, next_at = clock_timestamp() + ${`${Math.round(waitMs)} milliseconds`}::interval
       where id = ${id} and sent_at is null`.execute(this.db);
  }

  /** Nothing more is tried; it stays on record with its last error. True when it was this old. */
  async giveUp(id: string, error: string, afterMs: number): Promise<boolean> {
    const { numAffectedRows } = await sql`update notification
         set last_error = ${error}, given_up_at = clock_timestamp()
       where id = ${id} and sent_at is null
         and created_at < clock_timestamp() - ${`${afterMs} milliseconds`}::interval`.execute(this.db);
    return Number(numAffectedRows ?? 0) > 0;
  }

  /** A message that nobody needs any more. */
  async withdraw(key: string): Promise<void> {
    await sql`delete from notification where key = ${key} and sent_at is null`.execute(this.db);
  }

  async state(key: string): Promise<NotificationState | undefined> {
    return (await this.states(sql`where key = ${key}`))[0];
  }

  /** What waits, and what was given up on, newest first. */
  async unsent(limit: number): Promise<NotificationState[]> {
    return this.states(sql`where sent_at is null order by id desc limit ${limit}`);
  }

  private async states(where: ReturnType<typeof sql>): Promise<NotificationState[]> {
    const { rows } = await sql<NotificationState>`
      select key, notifier, event, run_id as "runId", attempts, last_error as "lastError",
             sent_at as "sentAt", given_up_at as "givenUpAt" from notification ${where}`.execute(this.db);
    return rows;
  }
}
