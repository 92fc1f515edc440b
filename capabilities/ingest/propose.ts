import type { Proposed } from '../../schemas/change';
import { readRelation, quoteRelation } from '../../sql/quote';
import type { ProposeContext } from '../capability';
import type { IngestBody } from './body';
import { changeOf, nothing } from './change';
import { NO_HISTORY, readHistory } from './history';
import type { IngestInput } from './input';
import type { Looked } from './looked';
import { proposePostgres } from './postgres/propose';
import { proposeFiles } from './propose-files';
import { assertAlone, keysAtRisk } from './referring';
import { describeTarget, resolveType, type ResolvedType } from './target';

/** Looks at the target, the ledger and the source, reading only, and says what a load would do. */
export async function propose(input: IngestInput, ctx: ProposeContext): Promise<Proposed<IngestBody>> {
  const looked = await look(input, ctx);
  const found =
    'files' in input.from
      ? await proposeFiles(looked, input.from, ctx)
      : await proposePostgres(looked, input.from, ctx);
  if ('noop' in found) return nothing(looked, found);
  const change = changeOf(looked, found);
  return { ...change, findings: [...change.findings, ...(await keysAtRisk(change.body, ctx))] };
}

async function look(given: IngestInput, ctx: ProposeContext): Promise<Looked> {
  const relation = readRelation(given.into);
  const input = { ...given, into: relation };
  const target = await describeTarget(ctx.session, relation);
  const [live] = await ctx.live.query<{ there: boolean; bytes: number }>(
    `select to_regclass($1) is not null as there,
            coalesce(pg_total_relation_size(to_regclass($1)), 0)::float8 as bytes`,
    [quoteRelation(relation)],
  );
  const history = target && live!.there ? await readHistory(ctx.live, relation) : NO_HISTORY;
  const types = new Map<string, ResolvedType>();
  for (const [name, type] of Object.entries(input.from.types)) {
    types.set(name, await resolveType(ctx.session, type, `from.types.${name}`));
  }
  if (target) await assertAlone(relation, input.mode === 'replace', ctx);
  // A table that an earlier step of this run makes is this run's own.
  const routine = !target || history.madeHere || (ctx.pending.has(relation) && !live!.there);
  return {
    input,
    relation,
    target,
    history,
    types,
    routine,
    live: live!.there && !ctx.pending.has(relation),
    size: live!.bytes,
  };
}
