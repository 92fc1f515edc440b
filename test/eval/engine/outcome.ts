import type { GoalDocument, Outcome } from '../task';
import { writeFile } from '../world/files';
import type { EvalBench, Ran } from './bench';
import { differing, fingerprints, type Fingerprints } from './fingerprint';

/** What is wrong with what a goal did: one sentence each; empty when the task is done. */
export async function checkOutcome(
  bench: EvalBench,
  outcome: Outcome,
  goal: GoalDocument,
  ran: Ran,
  before: Fingerprints,
): Promise<string[]> {
  if (ran.status !== 'succeeded') return [`the run ended ${ran.status}: ${ran.message ?? ''}`];
  const { admin } = bench.engine;
  const wrong: string[] = [];
  const touched = differing(before, await fingerprints(admin)).filter(
    (name) => !outcome.writes.includes(name),
  );
  if (touched.length > 0) wrong.push(`changed what was not asked for: ${touched.join(', ')}`);
  for (const pair of outcome.rows ?? []) wrong.push(...(await sameRows(bench, pair)));
  for (const { relation, columns } of outcome.keys ?? [])
    wrong.push(...(await isKey(bench, relation, columns)));
  wrong.push(...(outcome.document?.(goal) ?? []));
  for (const relation of outcome.confirms ?? [])
    if (!ran.confirm.includes(relation)) wrong.push(`the gate did not ask to confirm ${relation}`);
  return wrong;
}

/** What is only seen by running the goal once more. Every run it makes is undone again, newest first. */
export async function checkAgain(bench: EvalBench, outcome: Outcome, goal: GoalDocument): Promise<string[]> {
  const wrong: string[] = [];
  for (const { breaking, restore } of outcome.catches ?? []) {
    await bench.engine.admin.query(breaking);
    const ran = await bench.apply(goal);
    if (ran.status === 'succeeded') wrong.push(`does not see: ${breaking.trim().slice(0, 100)}`);
    if (ran.status === 'succeeded' && ran.runId) await bench.undo(ran.runId);
    await bench.engine.admin.query(restore);
  }
  const { again } = outcome;
  if (again) {
    for (const [name, content] of Object.entries(again.files)) writeFile(bench.engine.root, name, content);
    const ran = await bench.apply(goal);
    if (ran.status !== 'succeeded')
      wrong.push(`run again with new files it ended ${ran.status}: ${ran.message ?? ''}`);
    else {
      for (const pair of again.rows) wrong.push(...(await sameRows(bench, pair)));
      if (ran.runId) await bench.undo(ran.runId);
    }
  }
  return wrong;
}

async function sameRows(bench: EvalBench, { got, want }: { got: string; want: string }): Promise<string[]> {
  const sql = `
    with got as (${got}), want as (${want})
    select (select count(*) from (table got except all table want) a) as more,
           (select count(*) from (table want except all table got) b) as fewer, (select count(*) from want) as wanted`;
  try {
    const { rows } = await bench.engine.admin.query<{ more: string; fewer: string; wanted: string }>(sql);
    const { more, fewer, wanted } = rows[0]!;
    if (wanted === '0') return [`the check itself is empty: ${want.trim().slice(0, 80)}`];
    if (more === '0' && fewer === '0') return [];
    return [`${more} rows too many or wrong, ${fewer} of ${wanted} missing: ${got.trim().slice(0, 80)}`];
  } catch (cause) {
    return [`cannot be compared: ${(cause as Error).message}`];
  }
}

async function isKey(bench: EvalBench, relation: string, columns: string[]): Promise<string[]> {
  const list = columns.join(', ');
  const nulls = columns.map((column) => `${column} is null`).join(' or ');
  const sql = `select count(*) - count(distinct (${list})) as twice, count(*) filter (where ${nulls}) as nulls from ${relation}`;
  try {
    const { rows } = await bench.engine.admin.query<{ twice: string; nulls: string }>(sql);
    const { twice, nulls: without } = rows[0]!;
    return twice === '0' && without === '0'
      ? []
      : [`${list} is no key of ${relation}: ${twice} twice, ${without} null`];
  } catch (cause) {
    return [`no key can be looked at: ${(cause as Error).message}`];
  }
}
