import { sql } from 'kysely';
import type { Proposal } from '../../../schemas/run';
import type { NewDecision } from '../../../store/knowledge/memory';
import type { Store } from '../../../store/store';
import type { Bundle, Services } from '../../services';
import { withoutLiterals } from '../mask/document';

/** How many at a time: the rest comes with the next ask. */
const GOALS = 200;
const DECISIONS = 500;
/** Characters of one step's SQL. */
const LONGEST = 6_000;

/**
 * Takes in what happened since the last time: the SQL of goals that succeeded, and decisions. Looked for when it is
 * wanted, so that no run waits for it. Idempotent; what of it cannot be read (an artifact that retention took) is passed over.
 */
export async function refreshKnowledge(
  services: Services,
  heartbeat: () => void = () => undefined,
): Promise<void> {
  await pastSql(services, heartbeat);
  await refreshMemory(services.store, heartbeat);
}

/** The newest success of each goal, when it is another than the one that is known. */
async function pastSql(services: Services, heartbeat: () => void): Promise<void> {
  const { db, artifacts, knowledge } = services.store;
  const { rows } = await sql<{ goal: string; bundle: string }>`
    select goal, bundle from (
      select distinct on (goal) goal, bundle, updated_at from run
       where mode = 'apply' and status = 'succeeded' order by goal, updated_at desc) newest
     where not exists (select from knowledge_document d where d.source = 'goal:' || goal || '@' || bundle)
     order by updated_at desc limit ${GOALS}`.execute(db);
  for (const { goal, bundle: hash } of rows) {
    heartbeat();
    const bundle = await artifacts.getJson<Bundle>(hash).catch(() => undefined);
    const chunks = bundle ? await sqlOf(bundle) : [];
    await sql`delete from knowledge_document where source like ${`goal:${goal.replace(/[\\%_]/g, '\\$&')}@%`}`.execute(
      db,
    );
    // Also without any: it is known then, and not read again.
    await knowledge.put({ kind: 'sql', source: `goal:${goal}@${hash}`, title: goal, chunks }, 'sluice');
  }
}

/** The SQL of each step, without literals and comments: those may be anybody's words. */
async function sqlOf({ goal, files }: Bundle): Promise<{ heading: string; body: string }[]> {
  const found: { heading: string; body: string }[] = [];
  for (const { id, kind, input } of goal.steps) {
    const step = input as { sql?: unknown; statements?: unknown; file?: unknown; name?: unknown };
    const given =
      step.sql ?? step.statements ?? (typeof step.file === 'string' ? files[step.file] : undefined);
    if (typeof given !== 'string') continue;
    const name = typeof step.name === 'string' ? ` ${step.name}` : '';
    found.push({ heading: `${id}: ${kind}${name}`, body: (await withoutLiterals(given)).slice(0, LONGEST) });
  }
  return found;
}

/** Decisions alone. */
export async function refreshMemory(store: Store, heartbeat: () => void = () => undefined): Promise<void> {
  for (const decision of await store.memory.news(DECISIONS)) {
    heartbeat();
    await remember(store, decision);
  }
}

async function remember(store: Store, decision: NewDecision): Promise<void> {
  const { key, verdict, runId, goal, by, comment, at } = decision;
  const bundle = await store.artifacts.getJson<Bundle>(decision.bundle).catch(() => undefined);
  const proposal =
    decision.proposal === null
      ? undefined
      : await store.artifacts.getJson<Proposal>(decision.proposal).catch(() => undefined);
  const relations = [
    ...new Set(proposal?.changes.flatMap(({ reads, writes }) => [...reads, ...writes]) ?? []),
  ].sort();
  await store.memory.remember({
    ...{ key, kind: verdict === 'approve' ? 'approved' : 'rejected', runId, goal, by, at, relations },
    owner: bundle?.goal.owner ?? null,
    text: (comment ?? '').slice(0, 1_000),
  });
  if (verdict === 'approve' && bundle) await rememberEdit(store, decision, bundle, relations);
}

/** Approved after another version of the goal was rejected: what was changed in between is what they wanted. */
async function rememberEdit(
  store: Store,
  { key, runId, goal, by, at }: NewDecision,
  bundle: Bundle,
  relations: string[],
): Promise<void> {
  const { rows } = await sql<{ bundle: string; comment: string | null }>`
    select r.bundle, d.comment from decision d join run r on r.run_id = d.run_id
     where r.goal = ${goal} and d.accepted and d.verdict = 'reject' and d.decided_at < ${at}
       and not exists (select from decision o join run p on p.run_id = o.run_id
                        where p.goal = r.goal and o.accepted and o.verdict = 'approve'
                          and o.decided_at > d.decided_at and o.decided_at < ${at})
     order by d.decided_at desc limit 1`.execute(store.db);
  const before = rows[0] && (await store.artifacts.getJson<Bundle>(rows[0].bundle).catch(() => undefined));
  if (!before) return;
  const changed = await difference(before, bundle);
  if (changed === '') return;
  await store.memory.remember({
    ...{ key: `edit:${key}`, kind: 'edited', runId, goal, by, at, relations },
    owner: bundle.goal.owner ?? null,
    text: changed,
  });
}

/** Steps that are new, gone or other, the SQL of each by lines, without literals. */
async function difference(before: Bundle, after: Bundle): Promise<string> {
  const lines = async (bundle: Bundle): Promise<Map<string, string[]>> =>
    new Map(
      (await sqlOf(bundle)).map(({ heading, body }) => [
        heading,
        body.split('\n').map((line) => line.trim()),
      ]),
    );
  const [old, now] = [await lines(before), await lines(after)];
  const parts: string[] = [];
  for (const [heading, body] of now) {
    const known = old.get(heading);
    const added = body.filter((line) => line !== '' && !known?.includes(line));
    const gone = known?.filter((line) => line !== '' && !body.includes(line)) ?? [];
    if (added.length + gone.length === 0) continue;
    parts.push(
      [`${heading}:`, ...gone.map((line) => `- ${line}`), ...added.map((line) => `+ ${line}`)].join('\n'),
    );
  }
  for (const heading of old.keys()) if (!now.has(heading)) parts.push(`${heading}: gone`);
  return parts.join('\n').slice(0, 2_000);
}
