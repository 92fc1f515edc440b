import type { Decision } from '../../schemas/run';
import { digestOf } from '../digest';

/** SHA-256 of everything a decision says, but for its id and its ticket: a ticket is for exactly these words. */
export function termsOf(runId: string, decision: Decision): string {
  const { id: _id, ticket: _ticket, ...says } = decision;
  // Through JSON, as it travels: what is undefined there is not there.
  return digestOf(JSON.parse(JSON.stringify({ runId, ...says })));
}
