import { sql, type OperationNodeSource } from 'kysely';
import type { StoreDb } from './database';

/**
 * Something that is to be written into the store and is not yet: it is when somebody awaits it, by itself, or as a part
 * of {@link together}. What it says is fixed where it is made. Writing it again is as harmless as a retried activity.
 */
export class Write implements PromiseLike<void> {
  readonly statements: readonly OperationNodeSource[];

  constructor(
    private readonly db: StoreDb,
    ...statements: readonly OperationNodeSource[]
  ) {
    this.statements = statements;
  }

  then<Done = void, Failed = never>(
    done?: ((value: void) => Done | PromiseLike<Done>) | null,
    failed?: ((cause: unknown) => Failed | PromiseLike<Failed>) | null,
  ): Promise<Done | Failed> {
    return this.begin().then(done, failed);
  }

  /** Writes it now, for whoever waits for it later. */
  begin(): Promise<void> {
    return together(this.db, [this]);
  }
}

/**
 * Writes several things as one statement: one round trip, one commit, all or none. They are written in this order,
 * everywhere the same (artifacts, rows of the run, lineage, the event), so that two of them cannot wait for each other;
 * the event is last, because its lock on the end of the audit chain is everybody's. None sees what another writes: no
 * two may write the same row.
 */
export async function together(db: StoreDb, writes: readonly Write[]): Promise<void> {
  const statements = writes.flatMap((write) => write.statements);
  if (statements.length === 0) return;
  if (statements.length === 1) return void (await sql`${statements[0]}`.execute(db));
  const named = statements.map((statement, nth) => ({ name: sql.ref(`write_${nth}`), statement }));
  // Each is asked how much it has written, which is what puts them in order: PostgreSQL promises none by itself.
  await sql`with ${sql.join(named.map(({ name, statement }) => sql`${name} as (${statement} returning 1)`))}
    select ${sql.join(named.map(({ name }) => sql`(select count(*) from ${name})`))}`.execute(db);
}
