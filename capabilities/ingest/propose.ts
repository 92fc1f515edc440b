import type { Finding, Proposed } from '../../schemas/change';
import { fail } from '../../schemas/errors';
import { readRelation, quoteRelation } from '../../sql/quote';
import type { ProposeContext } from '../capability';
import type { IngestBody } from './body';
import { changeOf, nothing } from './change';
import { driftOf, driftText, type Drift } from './drift';
import { NO_HISTORY, readHistory } from './history';
import type { IngestInput } from './input';
import type { Looked } from './looked';
import { proposePostgres } from './postgres/propose';
import { proposeFiles } from './propose-files';
import { assertAlone, keysAtRisk } from './referring';
import { sequencesBehind } from './sequences';
import { describeTarget, resolveType, type ResolvedType } from './target';

/** Looks at the target, the ledger and the source, reading only, and says what a load would do. */
export async function propose(input: IngestInput, ctx: ProposeContext): Promise<Proposed<IngestBody>> {
  const looked = await look(input, ctx);
  const found =
    'files' in input.from
      ? await proposeFiles(looked, input.from, ctx)
      : await proposePostgres(looked, input.from, ctx);
  if ('noop' in found) return drifted(looked, nothing(looked, found));
  const columns = found.columns.map(({ name }) => name);
  const behind = looked.target
    ? await sequencesBehind(ctx.session, looked.relation, columns)
    : { sequences: [], findings: [] };
  const change = changeOf(looked, found, behind.sequences);
  const findings = [...change.findings, ...behind.findings, ...(await keysAtRisk(change.body, ctx))];
  return drifted(looked, { ...change, findings });
}

/** Says what others did to the rows of earlier loads; where there is nothing to do, the title says it too. */
function drifted({ drift, relation, input }: Looked, proposed: Proposed<IngestBody>): Proposed<IngestBody> {
  if (!drift || drift.lost === 0 || (input.mode === 'replace' && !proposed.noop)) return proposed;
  const what = driftText(drift, relation);
  const finding: Finding = {
    severity: 'warning',
    rule: 'drift',
    message: input.reload
      ? what
      : `${what}; no load brings them back by itself, \`sluice apply FILE --reload STEP\` loads its source again`,
    place: relation,
  };
  return {
    ...proposed,
    ...(proposed.noop && { title: `${proposed.title}; but ${what}` }),
    findings: [...proposed.findings, finding],
  };
}

/**
 * Rows that others changed differ from those of the source: without a key they would be added once more. Throws
 * `target_mismatch`.
 */
function assertReloads({ reload, mode, key }: IngestInput, drift: Drift | undefined, relation: string): void {
  if (!reload || mode !== 'append' || key || drift?.lost === 0) return;
  const why = drift
    ? `${driftText(drift, relation)}, and without a key a changed row cannot be told from one that is missing`
    : `whether others changed rows of ${relation} cannot be told, and without a key a changed row would be added once more`;
  throw fail('target_mismatch', `${relation} cannot be loaded again by mode: append: ${why}.`, {
    next: 'Use mode: merge or mode: replace, or undo the loads and run the goal again.',
    place: relation,
  });
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
  const drift =
    target && live!.there && history.newest !== null ? await driftOf(ctx.live, relation) : undefined;
  if (target && live!.there) assertReloads(input, drift, relation);
  // A table that an earlier step of this run makes is this run's own.
  const routine = !target || history.madeHere || (ctx.pending.has(relation) && !live!.there);
  return {
    input,
    relation,
    target,
    history,
    types,
    routine,
    drift,
    live: live!.there && !ctx.pending.has(relation),
    serverMajor: await ctx.live.serverMajor(),
    size: live!.bytes,
  };
}
