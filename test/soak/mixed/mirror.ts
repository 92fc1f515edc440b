import { apply, between, type Player, type World, writeGoal } from './player';

const STEPS = `
  - id: customers
    ingest:
      from: { postgres: local, table: source.customers }
      into: mirror.customers
      mode: merge
      key: [id]
      cursor: version
`;

/** A table of another application that changes all the time, merged by its key and a cursor. */
export async function mirror(world: World): Promise<Player> {
  const { stack } = world;
  const file = writeGoal(world, 'mirror', STEPS);
  await stack.query('create schema source');
  await stack.query('create sequence source.version');
  await stack.query(
    `create table source.customers (id bigint primary key, name text, version bigint not null default nextval('source.version'))`,
  );
  let mirrored = false;
  return {
    name: 'mirror',
    async turn() {
      const first = between(world, 0, 50_000);
      await stack.query(
        `insert into source.customers (id, name)
         select id, md5(id::text || $3) from generate_series($1::bigint, $2::bigint) as id
         on conflict (id) do update set name = excluded.name, version = nextval('source.version')`,
        [first, first + between(world, 0, 20_000), String(world.random())],
      );
      const { json } = await apply(world, file);
      if (json.status === 'succeeded') mirrored = true;
      return json.status;
    },
    async wrong() {
      if (!mirrored) return {};
      // Whatever the last run missed (it rolled back), the next one brings.
      for (;;) if ((await apply(world, file)).json.status === 'succeeded') break;
      const [row] = await stack.query<{ lost: string; strange: string }>(
        `select (select count(*) from (select * from source.customers except all select * from mirror.customers) x) as lost,
                (select count(*) from (select * from mirror.customers except all select * from source.customers) x) as strange`,
      );
      return row?.lost === '0' && row.strange === '0' ? {} : { ...row };
    },
  };
}
