import type { RunDocument } from '../../../schemas/run';
import { apply, between, type Player, type World, writeGoal } from './player';

const TABLE = 'ddl.parts';

/** Structure and rows changed by hand-written SQL, a dropped table among them, and taken back each time. */
export async function changes(world: World): Promise<Player> {
  const { stack } = world;
  await stack.query('create schema ddl');
  await stack.query(
    `create table ${TABLE} as select n as id, 'part ' || n as name from generate_series(1, 2000) n`,
  );
  await stack.query(`alter table ${TABLE} add primary key (id)`);
  const picture = async (): Promise<string> => {
    const [row] = await stack.query<{ picture: string }>(
      `select (select string_agg(attname || ' ' || format_type(atttypid, atttypmod), ',' order by attnum)
               from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped)
         || (select md5(string_agg(t::text, '|' order by id)) from ${TABLE} t) as picture`,
      [TABLE],
    );
    return row!.picture;
  };
  const before = await picture();
  const statements = [
    `alter table ${TABLE} add column weight integer default 3; update ${TABLE} set weight = id where id % 7 = 0`,
    `delete from ${TABLE} where id % 3 = 0; alter table ${TABLE} rename column name to title`,
    `update ${TABLE} set name = upper(name) where id < 500; create index parts_name on ${TABLE} (name)`,
    `drop table ${TABLE}`,
  ];
  return {
    name: 'changes',
    async turn() {
      const sql = statements[between(world, 0, statements.length - 1)]!;
      const file = writeGoal(world, 'changes', `  - id: change\n    sql: { statements: "${sql}" }\n`);
      const { json } = await apply(world, file, '--allow-destructive');
      if (json.status !== 'succeeded') return json.status;
      for (;;) {
        const undone = await stack.sluice<RunDocument>('undo', json.runId, '--json');
        if (undone.code === 0) return `succeeded, ${undone.json.status}`;
        if (undone.code !== 6) throw new Error(`undo: ${undone.code}\n${undone.stdout}\n${undone.stderr}`);
      }
    },
    async wrong() {
      const after = await picture();
      return after === before ? {} : { before, after };
    },
  };
}
