import type { Estimate, Finding, RelationName } from '../../../schemas/change';
import { SluiceError } from '../../../schemas/errors';
import { relationsIn } from '../../../sql/relations';
import type { ProposeContext } from '../../capability';
import { tableOfIndex } from '../catalogue/relation';
import { isAboutRows, targetsOf, type Action, type ActionOf } from '../action';
import { isDefinition, objectsIn, type DefineAction } from '../define/action';
import { find, targetOf } from '../define/address';
import { objectsOf } from '../define/alter';
import { planAction } from '../handlers';
import { viewsOver } from '../handlers/lifted-views';
import { Aside, type Plan, type Planning } from '../plan';
import { attempt } from './attempt';
import { estimate } from './estimate';
import { OLD_AND_NEW, refuseNeedingOldRows } from '../rows/keep-plain';
import { undoInWords } from './kinds';
import { lint } from './lint';
import { lookAtRows } from './live-rows';
import { lookAtReferring } from './referring';
import { neighbours } from './neighbours';
import type { Touched } from './touched';
import { undoCost } from './undo-cost';
import { assertUnderstood } from './understood';
import { showUndo } from '../show';

/** What proposing found out about one action. */
export interface Looked {
  noop?: string;
  reads: RelationName[];
  writes: RelationName[];
  findings: Finding[];
  lossy: string[];
  estimate: Estimate;
  apply: string;
  undo: string;
}

/**
 * Looks at one action. What no earlier action touches is planned from the catalogue and measured on the live rows;
 * the rest is planned when it is applied, on what is there then, and is seen first in the rehearsal.
 */
export async function lookAt(
  action: Action,
  ordinal: number,
  touched: Touched,
  ctx: ProposeContext,
): Promise<Looked> {
  const targets = targetsOf(action);
  const isPending = targets.some((name) => ctx.pending.has(name) || ctx.pending.has(schemaOf(name)));
  const session = isPending ? ctx.session : ctx.live;
  const writes = await writtenBy(action, session);
  // An index may have come or gone with a table or constraint: any change in its schema counts.
  const near = isIndexAction(action) ? targets.map(schemaOf) : [];
  // An index, a sequence or a constraint may have come with a table; anything before a DROP may have used the object.
  const absent = isDefinition(action) ? await notThere(action, session) : [];
  const earlier =
    touched.first([...targets, ...writes, ...near, ...absent.map(schemaOf)]) ??
    (action.kind === 'drop object' ? touched.any() : undefined);
  const findings = lint(action);
  const named = relationsIn(action.statement).reads;
  const reads = named.filter((name) => !writes.includes(name));
  const seen = { reads, writes, findings, lossy: [], estimate: {} };
  const plain = (await ctx.live.serverMajor()) < OLD_AND_NEW;
  if (plain) refuseNeedingOldRows(action);
  const at = { session, aside: Aside.sketch(), ordinal, applying: false, plain };
  const asLive = !isPending && !named.some((name) => ctx.pending.has(name));
  if (asLive && !touched.hasShaped([...targets, ...named])) await assertUnderstood(action, ctx.live);
  if (earlier !== undefined) {
    const words = `-- ${undoInWords(action)}: written from what statement ${earlier} leaves behind, when it is applied; rehearsed before anyone is asked`;
    const rows = isPending ? [] : await lookAtRows(action, ctx.live, `statement ${earlier}`);
    const lossy = await likelyLost(action, at);
    return { ...seen, findings: [...findings, ...rows], apply: `${action.text};`, undo: words, lossy };
  }
  const plan = await planAction(action, at);
  if (plan.noop !== undefined) {
    return {
      ...seen,
      noop: plan.noop,
      writes: [],
      findings: [],
      apply: `-- ${plan.noop}: nothing to do`,
      undo: `-- ${plan.noop}: nothing was done`,
    };
  }
  const texts = { apply: showActs(plan), undo: showUndo(await plan.undo()), lossy: plan.lossy ?? [] };
  const before = asLive ? touched.first(named) : undefined;
  if (!asLive || before !== undefined) {
    const by = before === undefined ? 'an earlier step' : `statement ${before}`;
    return { ...seen, ...texts, findings: [...findings, ...(await lookAtRows(action, ctx.live, by))] };
  }
  findings.push(...(await lookAtRows(action, ctx.live)));
  await lookAtReferring(
    action,
    ctx.live,
    (name) => ctx.pending.has(name) || touched.first([name]) !== undefined,
  );
  const cost = await undoCost(action, ctx.live);
  findings.push(...cost.findings);
  return { ...seen, ...texts, estimate: { ...(await estimate(action, ctx.live)), ...cost.estimate } };
}

/** Targets of a statement about objects that are there only when it runs, if at all. */
async function notThere(
  action: Action & DefineAction,
  session: ProposeContext['session'],
): Promise<RelationName[]> {
  const absent: RelationName[] = [];
  for (const address of objectsIn(action)) {
    if (!(await find(session, address))) absent.push(targetOf(address));
  }
  return absent;
}

/** What is lost is said before anyone approves, also where the statement cannot be planned yet: by what is there now. */
async function likelyLost(action: Action, at: Planning): Promise<string[]> {
  try {
    return (await attempt(at.session, () => planAction(action, at))).lossy ?? [];
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'target_mismatch') return [];
    throw error;
  }
}

/** Later actions of the step see the relations that this one writes, and those around them, otherwise than the catalogue does now. */
export async function touch(
  action: Action,
  writes: readonly RelationName[],
  ordinal: number,
  touched: Touched,
  ctx: ProposeContext,
): Promise<void> {
  const names = [...targetsOf(action), ...writes];
  const around = [...(await neighbours(ctx.session, names)), ...(await neighbours(ctx.live, names))];
  touched.add([...names, ...around, ...names.map(schemaOf)], ordinal, !isAboutRows(action));
}

type IndexAction = ActionOf<'drop index'> | ActionOf<'rename relation'>;

function isIndexAction(action: Action): action is IndexAction {
  return action.kind === 'drop index' || (action.kind === 'rename relation' && action.what === 'index');
}

/** `schema.*` of a relation. */
const schemaOf = (name: RelationName): RelationName => `${name.slice(0, name.indexOf('.'))}.*`;

async function writtenBy(action: Action, session: ProposeContext['session']): Promise<RelationName[]> {
  if (action.kind === 'alter object' && action.allIn)
    return [...new Set([...targetsOf(action), ...(await objectsOf(action, session)).map(targetOf)])];
  // The views that are made again along with it.
  if (action.kind === 'alter type')
    return [action.relation, ...(await viewsOver(session, action)).map(({ name }) => name)];
  if (!isIndexAction(action)) return targetsOf(action);
  const indexes = action.kind === 'drop index' ? action.indexes : [action.relation];
  const tables: RelationName[] = [];
  for (const index of indexes) {
    const table = await tableOfIndex(session, index);
    if (table !== undefined) tables.push(table);
  }
  return [...new Set(tables)];
}

function showActs(plan: Plan): string {
  return plan.acts.map((act) => `${act.sql};`).join('\n');
}
