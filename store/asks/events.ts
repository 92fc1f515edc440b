import { sql } from 'kysely';
import { scrub } from '../../governance/redact';
import type { AskEvent } from '../../schemas/ask';
import { clean } from '../audit/log';
import type { StoreDb } from '../database';
import { onceKey } from '../once';

export interface NewEvent {
  agent: string;
  kind: AskEvent['kind'];
  text: string;
  /** Default: the nth of its kind in the activity that tells it, whichever attempt. */
  key?: string;
}

/** All in one statement; the ask's row is locked, so that numbers have no gaps whoever else writes. */
export async function addEvents(db: StoreDb, askId: string, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map(({ agent, kind, text, key }) => ({
    agent,
    kind,
    text: clean(scrub(text)),
    key: key ?? onceKey(`ask-event/${agent}/${kind}`),
  }));
  await db.transaction().execute(async (tx) => {
    const locked = await sql`select from ask where ask_id = ${askId} for update`.execute(tx);
    // An ask that retention has taken has nobody who reads how it goes.
    if (locked.rows.length === 0) return;
    await sql`
      insert into ask_event (ask_id, seq, agent, kind, text, key)
      select ${askId}, (select coalesce(max(seq), 0) from ask_event where ask_id = ${askId}) + row_number() over (order by nth),
             agent, kind, text, key
        from jsonb_to_recordset(${JSON.stringify(rows.map((row, nth) => ({ ...row, nth })))}::jsonb)
             as new (nth int, agent text, kind text, text text, key text)
       where not exists (select from ask_event there where there.ask_id = ${askId} and there.key = new.key)`.execute(
      tx,
    );
  });
}

export async function eventsAfter(db: StoreDb, askId: string, afterSeq: number): Promise<AskEvent[]> {
  const rows = await db
    .selectFrom('ask_event')
    .select(['ask_id', 'seq', 'agent', 'kind', 'text', 'at'])
    .where('ask_id', '=', askId)
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .execute();
  return rows.map(({ ask_id, at, ...row }) => ({ askId: ask_id, ...row, at: at.toISOString() }));
}
