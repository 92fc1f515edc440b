import { namesOfRelations } from '../../../capabilities/query/failure';
import { didYouMean } from '../../../capabilities/query/nearest';
import type { RelationName } from '../../../schemas/change';
import type { Goal, Step } from '../../../schemas/goal';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { Effect } from './effects';

/** What is there before the goal runs. */
export interface Live {
  names: readonly RelationName[];
  has(relation: RelationName): boolean;
  /** Columns of the relations that were asked for. */
  columns: ReadonlyMap<RelationName, readonly string[]>;
}

export async function liveOf(session: ReadSession): Promise<Pick<Live, 'names' | 'has'>> {
  const names = await namesOfRelations(session);
  const schemas = await session.query<{ name: string }>(
    `select nspname as name from pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', 'sluice')`,
  );
  const all = new Set([...names, ...schemas.map(({ name }) => `${name}.*`)]);
  return { names, has: (relation) => all.has(relation) };
}

export async function columnsOf(
  session: ReadSession,
  relations: readonly RelationName[],
): Promise<Map<RelationName, string[]>> {
  const rows = await session.query<{ name: string; columns: string[] }>(
    `select n.nspname || '.' || c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where n.nspname || '.' || c.relname = any($1::text[])
      group by 1`,
    [[...new Set(relations)]],
  );
  return new Map(rows.map(({ name, columns }) => [name, columns]));
}

/**
 * Pairs of relations of which one refers to the other: by a foreign key, or by having all columns of the other's key by
 * their names (`tailnum` of planes; `id` says nothing).
 */
export async function referencesOf(
  session: ReadSession,
  relations: readonly RelationName[],
  columns: ReadonlyMap<RelationName, readonly string[]>,
): Promise<[RelationName, RelationName][]> {
  const rows = await session.query<{ from: string; to: string }>(
    `select distinct fn.nspname || '.' || f.relname as from, tn.nspname || '.' || t.relname as to
       from pg_constraint k
       join pg_class f on f.oid = k.conrelid join pg_namespace fn on fn.oid = f.relnamespace
       join pg_class t on t.oid = k.confrelid join pg_namespace tn on tn.oid = t.relnamespace
      where k.contype = 'f' and (fn.nspname || '.' || f.relname = any($1::text[]) or tn.nspname || '.' || t.relname = any($1::text[]))`,
    [[...new Set(relations)]],
  );
  const keys = await session.query<{ relation: string; key: string[] }>(
    `select n.nspname || '.' || c.relname as relation,
            (select array_agg(a.attname::text) from pg_attribute a
              where a.attrelid = c.oid and a.attnum = any(k.conkey)) as key
       from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
      where k.contype in ('p', 'u') and n.nspname || '.' || c.relname = any($1::text[])`,
    [[...new Set(relations)]],
  );
  const named = keys
    .filter(({ key }) => !key.some((column) => /^(id|name|key|code|no|number|date|day)$/.test(column)))
    .flatMap(({ relation, key }) =>
      [...columns]
        .filter(([other, has]) => other !== relation && key.every((column) => has.includes(column)))
        .map(([other]): [RelationName, RelationName] => [other, relation]),
    );
  return [...rows.map(({ from, to }): [RelationName, RelationName] => [from, to]), ...named];
}

/** Who makes what, and who may rest on it. */
export class Making {
  private readonly closure: ReadonlyMap<string, ReadonlySet<string>>;
  private readonly order: readonly string[];

  constructor(
    goal: Goal,
    private readonly effects: readonly Effect[],
    private readonly live: Pick<Live, 'names' | 'has'>,
    /** Of a part of a goal: steps that are not known here may make what is missing. */
    private readonly others?: 'anything may be made before',
  ) {
    this.closure = closureOf(goal.steps);
    this.order = goal.steps.map(({ id }) => id);
  }

  /** The steps that make a relation. */
  makers(relation: RelationName): Step[] {
    return this.effects
      .filter(({ verb, relation: made, action }) => {
        if (verb === 'renames' && action?.kind === 'rename relation')
          return renamedTo(made, action.to) === relation;
        return verb === 'creates' && made === relation;
      })
      .map(({ step }) => step);
  }

  /** Whether a step finds the relation: it is there, or a step that is done before makes it. */
  finds(step: Step, relation: RelationName): boolean {
    if (this.live.has(relation) || (this.others && this.makers(relation).length === 0)) return true;
    return this.makers(relation).some(
      (maker) => maker.id === step.id || this.closure.get(step.id)!.has(maker.id),
    );
  }

  /** Why it does not, and what to change. */
  missing(step: Step, relation: RelationName): string {
    const [maker] = this.makers(relation);
    if (maker)
      return `${relation} is made by step "${maker.id}": add "${maker.id}" to the needs of "${step.id}"`;
    const bare = relation.slice(relation.indexOf('.') + 1);
    const known = [
      ...this.live.names,
      ...this.effects.filter(({ verb }) => verb === 'creates').map((each) => each.relation),
    ];
    const near = didYouMean(relation, known);
    const elsewhere = known.filter((name) => name.slice(name.indexOf('.') + 1) === bare);
    const hint = near !== '' ? near : elsewhere.length > 0 ? ` Did you mean "${elsewhere[0]}"?` : '';
    return `there is no table or view ${relation}, and no step makes it.${hint || ' Look for it with search_catalogue.'}`;
  }

  /** Whether anything that is done before this step (or by it) changes the relation, so that it is not as it is now. */
  isPending(step: Step, relation: RelationName): boolean {
    if (this.others && !this.live.has(relation)) return true;
    const schema = `${relation.slice(0, relation.indexOf('.'))}.*`;
    return this.effects.some(
      (effect) =>
        (effect.relation === relation || effect.relation === schema) &&
        effect.verb !== 'writes' &&
        (effect.step.id === step.id || this.closure.get(step.id)!.has(effect.step.id)) &&
        this.order.indexOf(effect.step.id) <= this.order.indexOf(step.id) &&
        !(effect.step.id === step.id && step.kind !== 'sql'),
    );
  }
}

const renamedTo = (relation: RelationName, to: string): RelationName =>
  `${relation.slice(0, relation.indexOf('.'))}.${to}`;

/** By step, all the steps that have succeeded when it begins. */
function closureOf(steps: readonly Step[]): Map<string, Set<string>> {
  const closure = new Map<string, Set<string>>();
  for (const step of steps) {
    const before = new Set<string>();
    for (const need of step.needs) {
      before.add(need);
      for (const each of closure.get(need) ?? []) before.add(each);
    }
    closure.set(step.id, before);
  }
  return closure;
}
