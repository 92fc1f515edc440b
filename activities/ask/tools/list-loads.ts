import { z } from 'zod';
import { nameSchema, relationSchema } from '../../../schemas/goal';
import { normaliseRelation } from '../../../sql/quote';
import { nameAsData } from '../mask/names';
import { fitting } from './limits';
import { look } from './look';
import type { Tool } from './tool';

const inputSchema = z.strictObject({
  table: relationSchema.optional().describe('Only loads into this table.'),
  goal: nameSchema.optional().describe('Only loads of this goal.'),
  limit: z.number().int().min(1).max(100).default(20),
});

interface Load {
  goal: string;
  step: string;
  run: string;
  relation: string;
  mode: string;
  read: string;
  inserted: string;
  updated: string;
  deleted: string;
  quarantined: string;
  cursor: string | null;
  at: string;
  undone: boolean;
  files: number;
}

export const listLoads: Tool<z.infer<typeof inputSchema>> = {
  name: 'list_loads',
  description:
    'Past loads of the warehouse, newest first: goal, step, table, mode, rows read, inserted, updated, deleted and set aside, how many files, whether the load was undone. Use it to see what keeps a table up to date, and how.',
  input: inputSchema,
  async run({ table, goal, limit }, ctx) {
    const rows = await look(ctx, (session) =>
      session.query<Load>(
        `select l.goal, l.step, c.run_id as run, l.relation, l.mode, l.rows_read as read, l.rows_inserted as inserted,
                l.rows_updated as updated, l.rows_deleted as deleted, l.rows_quarantined as quarantined,
                l.cursor ->> 'column' as cursor, to_char(l.loaded_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at, l.undone,
                (select count(*)::int from sluice.load_file f where f.load_id = l.load_id) as files
           from sluice.load l join sluice.change c on c.change_id = l.load_id
          where ($1::text is null or l.relation = $1) and ($2::text is null or l.goal = $2)
          order by l.loaded_at desc limit $3`,
        [table === undefined ? null : normaliseRelation(table), goal ?? null, limit],
      ),
    );
    const loads = rows.map((load) => ({
      ...{ goal: nameAsData(load.goal), step: nameAsData(load.step), run: nameAsData(load.run, 120) },
      ...{ table: nameAsData(load.relation, 130), mode: load.mode, at: load.at },
      ...{ read: Number(load.read), inserted: Number(load.inserted), updated: Number(load.updated) },
      ...{ deleted: Number(load.deleted), quarantined: Number(load.quarantined) },
      ...(load.files > 0 ? { files: load.files } : {}),
      ...(load.cursor === null ? {} : { cursor: nameAsData(load.cursor) }),
      ...(load.undone ? { undone: true } : {}),
    }));
    return { content: fitting({ loads }) };
  },
};
