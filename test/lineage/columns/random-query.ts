/** Random SELECTs over `t`, `u` and `v`, of integers, deterministic and without errors at run time. */
const TABLES: Record<string, string[]> = {
  t: ['id', 'a', 'b', 'c'],
  u: ['id', 'a', 'd', 'e'],
  v: ['d', 'f'],
};

interface Source {
  sql: string;
  /** As they are referred to. */
  columns: string[];
}

export class RandomQuery {
  private nth = 0;
  constructor(private readonly next: () => number) {}

  query(depth = 2): { sql: string; width: number } {
    return this.select(depth, 1 + this.below(3), []);
  }

  private below = (n: number): number => Math.floor(this.next() * n);
  private pick = <T>(of: readonly T[]): T => of[this.below(of.length)]!;
  private chance = (p: number): boolean => this.next() < p;
  private name = (prefix: string): string => `${prefix}${(this.nth += 1)}`;

  private select(depth: number, width: number, outer: readonly string[]): { sql: string; width: number } {
    if (depth > 0 && this.chance(0.15)) {
      const op = this.pick(['union all', 'union', 'intersect', 'except']);
      const [l, r] = [this.select(depth - 1, width, outer), this.select(depth - 1, width, outer)];
      return { sql: `(${l.sql}) ${op} (${r.sql})`, width };
    }
    const withs: string[] = [];
    let from: Source;
    if (depth > 0 && this.chance(0.2)) {
      const cte = this.name('w');
      const inner = this.select(depth - 1, 2, outer);
      withs.push(`with ${cte}(p, q) as (${inner.sql})`);
      from = { sql: cte, columns: [`${cte}.p`, `${cte}.q`] };
    } else {
      from = this.source(depth, outer);
    }
    while (this.chance(0.35)) from = this.join(from, this.source(depth, outer));
    const scope = [...from.columns, ...(this.chance(0.3) ? outer : [])];
    const where = this.chance(0.5) ? ` where ${this.condition(scope, depth)}` : '';
    const aliases = Array.from({ length: width }, () => this.name('x'));
    if (this.chance(0.3)) {
      const keys = [this.pick(from.columns)];
      const targets = aliases.map(
        (alias, at) => `${at === 0 && this.chance(0.5) ? keys[0] : this.aggregate(from.columns)} as ${alias}`,
      );
      const having = this.chance(0.3) ? ` having ${this.aggregate(from.columns)} > ${this.below(6)}` : '';
      return {
        sql: `${withs.join('')} select ${targets.join(', ')} from ${from.sql}${where} group by ${keys.join(', ')}${having}`,
        width,
      };
    }
    const distinct = this.chance(0.15) ? 'distinct ' : '';
    const targets = aliases.map((alias) => `${this.value(scope, from.columns, depth)} as ${alias}`);
    return {
      sql: `${withs.join('')} select ${distinct}${targets.join(', ')} from ${from.sql}${where}`,
      width,
    };
  }

  private source(depth: number, outer: readonly string[]): Source {
    const alias = this.name('s');
    if (depth > 0 && this.chance(0.25)) {
      const lateral = this.chance(0.2) && outer.length > 0;
      const inner = this.select(depth - 1, 2, lateral ? outer : []);
      return { sql: `(${inner.sql}) as ${alias}(p, q)`, columns: [`${alias}.p`, `${alias}.q`] };
    }
    const table = this.pick(Object.keys(TABLES));
    return { sql: `${table} as ${alias}`, columns: TABLES[table]!.map((column) => `${alias}.${column}`) };
  }

  private join(left: Source, right: Source): Source {
    const columns = [...left.columns, ...right.columns];
    if (this.chance(0.2)) return { sql: `${left.sql} cross join ${right.sql}`, columns };
    const kind = this.pick(['join', 'left join', 'right join', 'full join']);
    return {
      sql: `(${left.sql} ${kind} ${right.sql} on ${this.pick(left.columns)} = ${this.pick(right.columns)})`,
      columns,
    };
  }

  private condition(scope: readonly string[], depth: number): string {
    const column = (): string => this.pick(scope);
    const one = this.pick([
      () => `${column()} ${this.pick(['<', '>', '=', '<>'])} ${this.below(6)}`,
      () => `${column()} <= ${column()}`,
      () => `${column()} is not null`,
      () =>
        depth > 0 ? `${column()} in (${this.select(depth - 1, 1, scope).sql})` : `${column()} in (1, 2, 3)`,
      () => (depth > 0 ? `exists (${this.select(depth - 1, 1, scope).sql})` : `${column()} > 2`),
    ])();
    return this.chance(0.3) ? `(${one} ${this.pick(['and', 'or'])} ${this.condition(scope, 0)})` : one;
  }

  private aggregate(columns: readonly string[]): string {
    const column = this.pick(columns);
    return this.pick([
      () => `sum(${column})::int`,
      () => `max(${column})`,
      () => 'count(*)::int',
      () => `count(distinct ${column})::int`,
      () => `(min(${column}) filter (where ${this.pick(columns)} > 2))`,
    ])();
  }

  private value(scope: readonly string[], own: readonly string[], depth: number): string {
    const column = (): string => this.pick(scope);
    return this.pick([
      column,
      column,
      () => `${column()} + ${column()}`,
      () => `coalesce(${column()}, ${column()})`,
      () => `case when ${column()} > ${this.below(5)} then ${column()} else ${this.below(9)} end`,
      () => `(sum(${this.pick(own)}) over (partition by ${this.pick(own)}))::int`,
      () => `(rank() over (order by ${this.pick(own)}))::int`,
      () => `${this.below(5)}`,
      () => {
        if (depth === 0) return column();
        const alias = this.name('s');
        const table = this.pick(Object.keys(TABLES));
        const inner = TABLES[table]!.map((name) => `${alias}.${name}`);
        return `(select max(${this.pick(inner)}) from ${table} as ${alias} where ${this.pick(inner)} = ${column()})`;
      },
    ])();
  }
}
