import { quoteLiteral, quoteRelation } from '../../sql/quote';
import type { WriteSession } from '../../warehouses/warehouse';
import type { ModelBody, ModelMemory } from './body';

/** Sets the comment if the goal gives one; returns the one before, where it was another. */
export async function describe(
  session: WriteSession,
  body: ModelBody,
  before: string | null = null,
): Promise<Pick<ModelMemory, 'oldComment'>> {
  if (body.description === undefined || body.description === before) return {};
  await commentOn(session, body, body.description);
  return { oldComment: { text: before } };
}

export async function commentOn(session: WriteSession, body: ModelBody, text: string | null): Promise<void> {
  const comment = text === null ? 'null' : quoteLiteral(text);
  await session.execute(`comment on ${body.materialized} ${quoteRelation(body.relation)} is ${comment}`);
}
