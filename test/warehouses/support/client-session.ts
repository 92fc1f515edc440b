import type { Client } from 'pg';
import { PgSession } from '../../../warehouses/postgres/session';

/** A session over a plain client, whose transactions the test itself begins and ends. */
export function sessionOver(client: Client): PgSession {
  return new PgSession(client, { explain: (error) => error as Error });
}
