import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apply, between, type Player, type World, writeGoal } from './player';

const STEPS = `
  - id: events
    ingest:
      from: { files: "days/*.csv" }
      into: feed.events
      mode: append
      key: [id]
  - id: totals
    needs: [events]
    model:
      name: feed.totals
      sql: select day, count(*) as events, sum(amount) as amount from feed.events group by day
      tests: [{ unique: day }, { not_null: [day, amount] }]
  - id: sane
    needs: [totals]
    check: { sql: select * from feed.totals where events < 1 }
`;

/** Files that come day by day, appended, with a model over them. */
export function feed(world: World): Player {
  const file = writeGoal(world, 'feed', STEPS);
  const days = join(world.stack.directory, 'feed', 'days');
  mkdirSync(days);
  let next = 0;
  let written = { rows: 0, amount: 0, days: 0 };
  /** What has been loaded for sure: after a success everything that was written before it. */
  let loaded = { ...written };

  const addDay = (): void => {
    const lines = ['id,day,amount'];
    const amounts = Array.from({ length: between(world, 1, 40_000) }, () => between(world, 1, 9_999));
    for (const amount of amounts) lines.push(`${next++},${written.days},${amount}`);
    writeFileSync(join(days, `${String(written.days).padStart(5, '0')}.csv`), `${lines.join('\n')}\n`);
    written = {
      rows: written.rows + amounts.length,
      amount: written.amount + amounts.reduce((sum, amount) => sum + amount, 0),
      days: written.days + 1,
    };
  };

  return {
    name: 'feed',
    async turn() {
      if (loaded.days === written.days) addDay();
      const { json } = await apply(world, file);
      if (json.status === 'succeeded') loaded = { ...written };
      return json.status;
    },
    async wrong() {
      if (loaded.days === 0) return {};
      const [row] = await world.stack.query<Record<string, string>>(
        `select (select count(*) from feed.events)::float as rows, (select sum(amount) from feed.events)::float as amount,
           (select count(distinct id) from feed.events)::float as ids, (select sum(amount) from feed.totals)::float as total`,
      );
      const { rows, amount } = loaded;
      const expected = { rows, amount, ids: rows, total: amount };
      return JSON.stringify(row) === JSON.stringify(expected) ? {} : { expected, found: row };
    },
  };
}
