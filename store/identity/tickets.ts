import { randomBytes } from 'node:crypto';
import { sql, type Selectable } from 'kysely';
import type { Decision } from '../../schemas/run';
import type { Steering } from '../../schemas/steering';
import type { StoreDb } from '../database';
import { termsOf } from '../decisions/terms';
import type { IdentityTables } from './tables';

/** Milliseconds a ticket may take from the client that writes it to the worker that redeems it. */
const TICKET_MS = 10 * 60_000;

/** Days after its expiry that a ticket is kept; what is used is on the record with its decision anyway. */
const KEPT_DAYS = 30;

/** Who decides, as whoever authenticated them says. */
export interface Subject {
  /** One name per person. */
  by: string;
  verified: boolean;
  roles: string[];
  /** How they signed in. */
  method: 'os' | 'token' | 'oidc';
  /** What vouched for them: `token:ID`, `oidc:ISSUER#SUB`. Absent for the user of the machine. */
  identity?: string;
  tokenId?: string;
}

export type TicketRow = Selectable<IdentityTables['decision_ticket']> & {
  expired: boolean;
  /** False: the token it was written with has been revoked or has gone with its user since. */
  stands: boolean;
};

/** What a ticket can be for: a decision on a proposal, or something that is asked of a run. */
export type Words = Decision | Steering;

/**
 * A ticket carries an authenticated identity to the worker without a credential in the workflow's history:
 * for exactly these words to one run, redeemed once, soon or never.
 */
export class Tickets {
  constructor(private readonly db: StoreDb) {}

  /** Writes a ticket for exactly these words; returns its id, which is no secret once it is used. */
  async write(runId: string, words: Words, subject: Subject): Promise<string> {
    const id = `tkt_${randomBytes(24).toString('base64url')}`;
    const now = sql<Date>`clock_timestamp()`;
    await this.db
      .deleteFrom('decision_ticket')
      .where('expires_at', '<', sql<Date>`clock_timestamp() - ${KEPT_DAYS} * interval '1 day'`)
      .execute();
    await this.db
      .insertInto('decision_ticket')
      .values({
        id,
        run_id: runId,
        digest: 'digest' in words ? words.digest : '',
        verdict: 'verdict' in words ? words.verdict : words.action,
        terms: termsOf(runId, words),
        subject: subject.by,
        identity: subject.identity ?? null,
        token_id: subject.tokenId ?? null,
        verified: subject.verified,
        roles: [...subject.roles],
        method: subject.method,
        expires_at: sql<Date>`${now} + ${TICKET_MS} * interval '1 millisecond'`,
      })
      .execute();
    return id;
  }

  /** Nothing came of it: it must not be used later. */
  async withdraw(id: string): Promise<void> {
    await this.db.deleteFrom('decision_ticket').where('id', '=', id).where('used_by', 'is', null).execute();
  }
}

/**
 * What is wrong with the ticket that was named; `used`: it was redeemed before; `undefined`: nothing, it vouches for
 * whom it names.
 */
export function faultOfTicket(
  ticket: TicketRow | undefined,
  { runId, terms, by }: { runId: string; terms: string; by: string },
): 'used' | (string & {}) | undefined {
  if (!ticket) return 'does not exist';
  if (ticket.used_by !== null) return 'used';
  const same = ticket.run_id === runId && ticket.terms === terms && ticket.subject === by;
  if (!same) return 'is for another decision';
  if (ticket.expired) return 'has expired';
  if (!ticket.stands) return 'was written with a token that has been revoked since';
  return undefined;
}

/** The ticket, locked until the transaction ends. */
export async function lockTicket(db: StoreDb, id: string): Promise<TicketRow | undefined> {
  return db
    .selectFrom('decision_ticket')
    .leftJoin('user_token', 'user_token.id', 'decision_ticket.token_id')
    .selectAll('decision_ticket')
    .select([
      sql<boolean>`decision_ticket.expires_at <= clock_timestamp()`.as('expired'),
      sql<boolean>`token_id is null or (user_token.id is not null and user_token.revoked_at is null)`.as(
        'stands',
      ),
    ])
    .where('decision_ticket.id', '=', id)
    .forUpdate('decision_ticket')
    .executeTakeFirst();
}

export async function useTicket(db: StoreDb, id: string, execution: string): Promise<void> {
  await db
    .updateTable('decision_ticket')
    .set({ used_by: execution, used_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', id)
    .execute();
}
