import { quoteRelation } from '../../sql/quote';
import type { ProposeContext } from '../capability';
import { reach } from '../query/reach';
import { EXACT_BYTES, tokensOf } from '../query/tokens';
import { fingerprintRelations } from '../../warehouses/postgres/fingerprint-relations';
import type { ModelBody } from './body';
import { rowsAreOurs, type LastBuild } from './history';
import type { Target } from './target';

/**
 * True when building the model again would give what is published: the same definition, the same inputs, and nobody
 * touched the result. In doubt it is false. Looks at live alone; what this very run changes before is never unchanged.
 */
export async function isUnchanged(
  ctx: ProposeContext,
  body: ModelBody,
  live: Target | undefined,
  last: LastBuild | undefined,
): Promise<boolean> {
  if (!live || !last?.newest || !body.steady) return false;
  if ([body.relation, ...body.inputs].some((name) => ctx.pending.has(name))) return false;
  const { memory } = last;
  if (memory.artifact !== body.artifact || memory.oid !== live.oid || !memory.inputs) return false;
  const now = await fingerprintRelations(ctx.live, [body.relation]);
  if (last.after === undefined || now[body.relation] !== last.after) return false;
  const checked = live.relkind === 'r' && live.bytes <= EXACT_BYTES;
  if (
    checked &&
    !(await rowsAreOurs(ctx.live, body.relation, quoteRelation(body.relation), memory, last.changeId))
  )
    return false;
  const tokens = await tokensOf(ctx.live, await reach(ctx.live, body.inputs));
  if (!tokens) return false;
  const names = Object.keys(tokens);
  return (
    names.length === Object.keys(memory.inputs).length &&
    names.every((name) => tokens[name] === memory.inputs![name])
  );
}
