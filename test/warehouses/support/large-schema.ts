/** DDL of a warehouse of ordinary shape: `tables` tables in 15 schemas, with what usually hangs on them. */
export function largeSchema(tables = 375): string {
  const statements: string[] = [];
  for (let s = 0; s < 15; s += 1) {
    statements.push(`create schema area_${s}`);
    statements.push(`create type area_${s}.state as enum ('new', 'open', 'closed')`);
    statements.push(`create domain area_${s}.amount as numeric(12, 2) check (value >= 0)`);
    statements.push(
      `create function area_${s}.touch() returns trigger language plpgsql as $$ begin new.changed_at := now(); return new; end $$`,
      `create function area_${s}.half(x numeric) returns numeric language sql immutable as 'select x / 2'`,
    );
    statements.push(`grant usage on schema area_${s} to sluice_reader`);
  }
  for (let t = 0; t < tables; t += 1) {
    const schema = `area_${t % 15}`;
    const name = `${schema}.table_${t}`;
    const parent = t >= 15 ? `references ${schema}.table_${t - 15}` : '';
    statements.push(`create table ${name} (
      id bigint generated always as identity primary key,
      parent_id bigint ${parent},
      code text not null unique,
      label varchar(80) default 'none',
      state ${schema}.state not null default 'new',
      total ${schema}.amount not null default 0,
      tax numeric generated always as (total * 0.2) stored,
      tags text[] default '{}',
      attributes jsonb,
      created_at timestamptz not null default now(),
      changed_at timestamptz,
      check (changed_at >= created_at))`);
    statements.push(
      `create index on ${name} (parent_id)`,
      `create index on ${name} (state, created_at desc)`,
    );
    statements.push(`grant select on ${name} to sluice_reader`);
    if (t % 3 === 0)
      statements.push(`comment on table ${name} is 'Table ${t}'`, `comment on column ${name}.code is 'Code'`);
    if (t % 5 === 0) {
      statements.push(
        `create trigger touched before update on ${name} for each row execute function ${schema}.touch()`,
      );
    }
    if (t % 6 === 0) {
      statements.push(`create view ${schema}.open_${t} as
        select t.id, t.code, t.total, p.code as parent_code, ${schema}.half(t.total) as half
        from ${name} t left join ${schema}.table_${t >= 15 ? t - 15 : t} p on p.id = t.parent_id
        where t.state = 'open'`);
    }
  }
  return `${statements.join(';\n')};`;
}
