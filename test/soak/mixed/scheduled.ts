import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { apply, between, type Player, type World, writeGoal } from './player';

const STEPS = `
  - id: readings
    ingest:
      from: { files: "hours/*.csv" }
      into: scheduled.readings
      mode: append
      key: [id]
`;
const HEAD = `schedule: { cron: "* * * * *", overlap: skip, catchup: 1h }\n`;

/** Nobody is asked after the first time: a schedule starts the runs, a standing approval covers them. */
export async function scheduled(world: World): Promise<Player> {
  const { stack } = world;
  const file = writeGoal(world, 'scheduled', STEPS, HEAD);
  const hours = join(stack.directory, 'scheduled', 'hours');
  mkdirSync(hours);
  let rows = 0;
  let files = 0;
  const addHour = (): void => {
    const ids = Array.from({ length: between(world, 1, 3_000) }, () => rows++);
    writeFileSync(
      join(hours, `${String(files++).padStart(5, '0')}.csv`),
      `id,value\n${ids.map((id) => `${id},${between(world, 0, 99)}\n`).join('')}`,
    );
  };
  const loaded = async (): Promise<number> => {
    const [row] = await stack.query<{ rows: string; ids: string }>(
      'select count(*) as rows, count(distinct id) as ids from scheduled.readings',
    );
    if (row!.rows !== row!.ids) throw new Error(`doubled: ${row!.rows} rows of ${row!.ids} ids`);
    return Number(row!.rows);
  };
  addHour();
  await apply(world, file, '--standing', '--expires', '1d');
  const set = await stack.sluice('schedule', file, '--json');
  if (set.code !== 0) throw new Error(`schedule: ${set.stdout}\n${set.stderr}`);
  return {
    name: 'scheduled',
    async turn() {
      addHour();
      await sleep(between(world, 20_000, 60_000));
      return (await loaded()) === rows ? 'up to date' : 'behind';
    },
    async wrong() {
      // Whatever was missed, the next minutes bring.
      for (const end = Date.now() + 5 * 60_000; Date.now() < end;) {
        if ((await loaded()) === rows) return {};
        await sleep(5_000);
      }
      return { expected: rows, found: await loaded() };
    },
  };
}
