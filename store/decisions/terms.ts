import { digestOf } from '../digest';

/** SHA-256 of everything that is said to a run, but for its id and its ticket: a ticket is for exactly these words. */
export function termsOf(runId: string, words: { id?: string; ticket?: string }): string {
  const { id: _id, ticket: _ticket, ...says } = words;
  // Through JSON, as it travels: what is undefined there is not there.
  return digestOf(JSON.parse(JSON.stringify({ runId, ...says })));
}
