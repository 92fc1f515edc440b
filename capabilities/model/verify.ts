import type { Applied, Change, Check } from '../../schemas/change';
import type { ReadContext } from '../capability';
import { memoryOf, type ModelBody } from './body';
import { targetOf } from './target';

/**
 * The tests ran on what was built before it was published, so that readers need not wait for them; here it is made
 * sure that just this is what was published.
 */
export async function verifyModel(
  change: Change<ModelBody>,
  applied: Applied,
  ctx: ReadContext,
): Promise<Check[]> {
  const { body } = change;
  const memory = memoryOf(applied);
  const target = await targetOf(ctx.session, body.relation);
  const ok = target?.oid === memory.oid;
  const what = body.materialized === 'table' ? `${memory.rows} rows` : 'the view';
  const published: Check = {
    name: `published ${body.relation}`,
    ok,
    severity: 'error',
    message: ok ? what : 'another relation bears the name',
  };
  return [published, ...memory.checks];
}
