import { setTimeout as sleep } from 'node:timers/promises';
import { FINAL_STATUSES, type RunDocument } from '../../../schemas/run';
import { between, type Player, type World, writeGoal } from './player';

/** Runs that somebody thinks better of, at whatever instant. */
export function cancels(world: World): Player {
  const { stack } = world;
  const STEPS = `
  - id: numbers
    sql: { statements: "create schema fleeting; create table fleeting.numbers (n bigint)" }
  - id: fill
    needs: [numbers]
    sql: { statements: "insert into fleeting.numbers select generate_series(1, 200000)" }
  - id: sums
    needs: [fill]
    model: { name: fleeting.sums, sql: "select n % 10 as digit, sum(n) as total from fleeting.numbers group by 1" }
`;
  const file = writeGoal(world, 'cancels', STEPS);
  return {
    name: 'cancels',
    async turn() {
      let over = false;
      const applied = stack
        .sluice<RunDocument>('apply', file, '--yes', '--json')
        .finally(() => (over = true));
      await sleep(between(world, 500, 6_000));
      while (!over) {
        const runId = await newest(world);
        if (runId !== undefined) await stack.sluice('cancel', runId, '--json');
        await sleep(500);
      }
      const { json } = await applied;
      if (json.runId === undefined) return 'not started';
      for (;;) {
        const now = await stack.sluice<RunDocument>('show', json.runId, '--json');
        // Not admitted: cancelled before the store knew it.
        if (now.code === 2) return 'not admitted';
        if (now.json.status === 'undone' || now.json.status === 'rolled_back') return now.json.status;
        // It was faster than whoever cancelled: then it is taken back after the fact.
        if (now.json.status === 'succeeded') await stack.sluice('undo', json.runId, '--json');
        await sleep(500);
      }
    },
    async wrong() {
      const left = await stack.query(`select nspname from pg_namespace where nspname = 'fleeting'`);
      return left.length === 0 ? {} : { left };
    },
  };
}

/** The newest run of the goal, if it is still under way. */
async function newest({ stack }: World): Promise<string | undefined> {
  const listed = await stack.sluice<{ runs?: { runId: string; status: string }[] }>(
    ...['runs', '--goal', 'cancels', '--limit', '1', '--json'],
  );
  const run = listed.json.runs?.[0];
  return run && !FINAL.has(run.status) ? run.runId : undefined;
}

const FINAL = new Set<string>(FINAL_STATUSES);
