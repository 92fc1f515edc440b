import { shapeOf, type Shape } from '../../../capabilities/query/shape';
import { vetCalls } from '../../../capabilities/query/vet-calls';
import { didYouMean } from '../../../capabilities/query/nearest';
import type { Action } from '../../../capabilities/sql/action';
import { attempt } from '../../../capabilities/sql/look/attempt';
import { vetStatement } from '../../../capabilities/sql/look/vet';
import { SluiceError, type Fault } from '../../../schemas/errors';
import type { RelationName } from '../../../schemas/change';
import type { Goal } from '../../../schemas/goal';
import { vetFunctions } from '../../../sql/functions';
import { rowsQuery } from '../../../sql/clauses';
import { readRelation } from '../../../sql/quote';
import { parseSql, relationsIn, type ParsedStatement } from '../../../sql/parse';
import { scanSql } from '../../../sql/scan';
import { sqlText } from '../../../sql/text';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { MaskedRelation } from '../mask/columns';
import { carriedBy, type Carried } from './carried';
import { endless, fallsApart, mostRows, oversized, tooMany } from './costs';
import type { Effect } from './effects';
import { neverFails } from './never';
import { faultOf, type StepSql } from './queries';
import { standInOf, withStandIns, type StandIn } from './stand-ins';
import type { Live, Making } from './surroundings';

export interface Resolved {
  faults: Fault[];
  /** Columns that the models of the goal give, by relation; of those that could be told. */
  gives: Map<RelationName, string[]>;
  /** Hidden columns whose values its steps write somewhere. */
  carries: Carried[];
}

export interface Surroundings {
  live: Live;
  making: Making;
  planRows: number;
  heartbeat: () => void;
  /** Which columns of relations are hidden; without it nobody is asked. */
  hidden?: (names: readonly RelationName[]) => Promise<ReadonlyMap<RelationName, MaskedRelation>>;
}

/**
 * Resolves all the SQL of a goal in the warehouse as it is, as its reader and without running any of it: names, types,
 * functions, sizes. What earlier steps make is stood in for where that can be; the rest is found out in the rehearsal.
 */
export async function resolve(
  session: ReadSession,
  goal: Goal,
  sql: readonly StepSql[],
  effects: readonly Effect[],
  surroundings: Surroundings,
): Promise<Resolved> {
  const one = new Resolver(session, effects, surroundings);
  for (const step of goal.steps) {
    surroundings.heartbeat();
    for (const each of sql.filter((candidate) => candidate.step === step)) await one.resolve(each);
  }
  return { faults: one.faults, gives: one.gives, carries: one.carries };
}

class Resolver {
  readonly faults: Fault[] = [];
  readonly gives = new Map<RelationName, string[]>();
  readonly carries: Carried[] = [];
  private readonly standIns = new Map<RelationName, StandIn>();

  constructor(
    private readonly session: ReadSession,
    private readonly effects: readonly Effect[],
    private readonly at: Surroundings,
  ) {}

  async resolve(sql: StepSql): Promise<void> {
    const large = sql.statements.map(oversized).find((message) => message !== undefined);
    if (large !== undefined) return this.say(sql, large);
    if (!sql.here) return this.elsewhere(sql, sql.statements[0]!);
    if (sql.step.kind !== 'sql') return this.query(sql, sql.statements[0]!);
    for (const statement of sql.statements) await this.statement(sql, statement);
  }

  /** A query of a source, by its text alone: what is there is found out in the rehearsal. */
  private elsewhere(sql: StepSql, statement: ParsedStatement): void {
    this.say(sql, fallsApart(statement));
    const named = relationsIn(statement);
    for (const { name, why } of vetFunctions(named, []).refused)
      this.say(sql, `the query calls ${name}: ${why}`);
    for (const name of named.reads.filter((each) => /^(pg_catalog|information_schema|pg_toast)\./.test(each)))
      this.say(sql, `${name} belongs to the system of the source: no goal may read it`);
  }

  private say(sql: StepSql, message: string | undefined): void {
    if (message !== undefined) this.faults.push({ path: sql.path, message });
  }

  /** One SELECT, of a model or a check or inside of a CREATE … AS. Returns what stands for its result. */
  private async query(sql: StepSql, statement: ParsedStatement): Promise<void> {
    if (!this.found(sql, relationsIn(statement).reads)) return;
    if (sql.step.kind === 'check') this.say(sql, neverFails(statement));
    const standIn = await this.typed(sql, statement);
    const name = (sql.step.input as { name?: string }).name;
    if (standIn && sql.step.kind === 'model' && name !== undefined)
      this.standIns.set(readRelation(name), standIn);
  }

  private async typed(sql: StepSql, statement: ParsedStatement): Promise<StandIn | undefined> {
    this.say(sql, endless(statement));
    const { reads } = relationsIn(statement);
    const pending = reads.filter((name) => this.at.making.isPending(sql.step, name));
    const whole = pending.length === 0 ? statement : await withStandIns(statement, this.standIns, pending);
    if (!whole) {
      this.say(sql, fallsApart(statement));
      return undefined;
    }
    const sized = pending.every((name) => this.standIns.get(name)!.sized);
    const found = await this.tried(sql, async () => {
      await vetCalls(this.session, whole);
      const shape = await shapeOf(this.session, whole);
      await this.carried(sql, whole, shape);
      return { columns: shape.columns, rows: await mostRows(this.session, whole.text) };
    });
    if (!found) return undefined;
    this.say(sql, sized ? tooMany(whole, found.rows, this.at.planRows) : fallsApart(statement));
    const name = (sql.step.input as { name?: string }).name;
    if (sql.step.kind === 'model' && name !== undefined)
      this.gives.set(
        readRelation(name),
        found.columns.map((column) => column.name),
      );
    return { query: whole.text, sized };
  }

  /** What a check finds goes nowhere; what a model or an INSERT … SELECT gives stays. */
  private async carried(sql: StepSql, statement: ParsedStatement, { columns, reads }: Shape): Promise<void> {
    if (sql.step.kind === 'check' || !this.at.hidden) return;
    const hidden = await this.at.hidden(reads);
    this.carries.push(...(await carriedBy(this.session, sql.step, statement, columns, hidden)));
  }

  private async statement(sql: StepSql, statement: ParsedStatement): Promise<void> {
    const mine = this.effects.filter(
      (effect) => effect.sql === sql && effect.action?.statement === statement,
    );
    const made = mine.filter(({ verb }) => verb === 'creates').map(({ relation }) => relation);
    const { reads, writes } = relationsIn(statement);
    const targets = [...new Set([...writes, ...mine.map(({ relation }) => relation)])];
    const needed = mine.some(({ action }) => isOptional(action))
      ? []
      : targets.filter((name) => !made.includes(name));
    for (const name of made.filter((each) => this.at.live.has(each)))
      this.say(
        sql,
        `${name.replace(/\.\*$/, '')} exists already: choose another name, or change what is there`,
      );
    if (
      !this.found(
        sql,
        [...new Set([...reads, ...needed.filter(isRelation)])].filter((name) => !made.includes(name)),
      )
    )
      return;
    if ((await this.tried(sql, () => vetStatement(statement, this.session))) === undefined) return;
    for (const { action } of mine) if (action) this.columns(sql, action);
    const inner = await innerQuery(statement);
    if (inner) {
      const standIn = await this.typed({ ...sql, step: sql.step }, inner);
      if (standIn && made[0]) this.standIns.set(made[0], standIn);
      return;
    }
    if (statement.kind === 'CreateStmt' && made[0]) {
      const standIn = standInOf(statement.node);
      if (standIn) this.standIns.set(made[0], standIn);
      return;
    }
    await this.rows(sql, statement, [...reads, ...targets]);
  }

  /** INSERT, UPDATE and DELETE: analysed by the server, and its rows estimated, where all of it is there. */
  private async rows(
    sql: StepSql,
    statement: ParsedStatement,
    names: readonly RelationName[],
  ): Promise<void> {
    const kind = { InsertStmt: 'insert', UpdateStmt: 'update', DeleteStmt: 'delete' } as const;
    const verb = kind[statement.kind as keyof typeof kind];
    if (verb === undefined) return;
    const writes = relationsIn(statement).writes;
    const changed = names.some(
      (name) => this.at.making.isPending(sql.step, name) && !(writes.includes(name) && this.onlyRows(name)),
    );
    if (changed) return this.say(sql, fallsApart(statement));
    const known = await this.tried(sql, async () => {
      await this.session.query(`prepare sluice_vet as ${statement.text}`);
      await this.session.query('deallocate sluice_vet');
      return true;
    });
    const query = known && (await rowsQuery(statement.text, verb));
    if (!query) return;
    const rows = await this.tried(sql, async () => {
      const [select] = verb === 'insert' ? await parseSql(query) : [];
      if (select?.kind === 'SelectStmt' && relationsIn(select).reads.length > 0)
        await this.carried(sql, select, await shapeOf(this.session, select));
      return mostRows(this.session, query);
    });
    if (rows !== undefined) this.say(sql, tooMany(statement, rows, this.at.planRows));
  }

  /** Whether the goal changes nothing of a relation but its rows. */
  private onlyRows(relation: RelationName): boolean {
    return this.effects.every(
      (effect) => effect.relation !== relation || ['writes', 'updates', 'deletes'].includes(effect.verb),
    );
  }

  /** Columns that an ALTER TABLE or an index is about. */
  private columns(sql: StepSql, action: Action): void {
    if (!('relation' in action) || !('column' in action) || action.kind === 'add column') return;
    if ('optional' in action && action.optional) return;
    const { relation, column } = action;
    const known = this.at.live.columns.get(relation);
    const before = this.effects.slice(
      0,
      this.effects.findIndex((effect) => effect.action === action),
    );
    const touched = before.some(
      ({ relation: name, action: other }) =>
        name === relation && (other?.kind === 'add column' || other?.kind === 'rename column'),
    );
    if (!known || touched || known.includes(column)) return;
    this.say(
      sql,
      `${relation} has no column "${column}".${didYouMean(column, known)} describe_table lists them`,
    );
  }

  private found(sql: StepSql, names: readonly RelationName[]): boolean {
    const closed = names.filter((name) => /^(sluice|pg_catalog|information_schema|pg_toast)\./.test(name));
    for (const name of closed) this.say(sql, `${name} belongs to Sluice or the system: no goal may touch it`);
    const missing = names.filter((name) => !closed.includes(name) && !this.at.making.finds(sql.step, name));
    for (const name of missing) this.say(sql, this.at.making.missing(sql.step, name));
    return closed.length === 0 && missing.length === 0;
  }

  /** What a look gives, or its refusal as a fault; the transaction goes on in either case. */
  private async tried<T>(sql: StepSql, look: () => Promise<T>): Promise<T | undefined> {
    try {
      return await attempt(this.session, look);
    } catch (cause) {
      if (!(cause instanceof SluiceError) || cause.code === 'service_unreachable') throw cause;
      this.faults.push(faultOf(sql.path, cause));
      return undefined;
    }
  }
}

const isRelation = (name: RelationName): boolean => !name.endsWith('.*');

const isOptional = (action: Action | undefined): boolean =>
  action !== undefined &&
  (('optional' in action && action.optional) ||
    ('ifTable' in action && action.ifTable) ||
    // Indexes are no relations that a query could name.
    action.kind === 'drop index' ||
    (action.kind === 'rename relation' && action.what === 'index'));

/** The query of CREATE TABLE … AS and CREATE VIEW … AS, by its text. */
async function innerQuery(statement: ParsedStatement): Promise<ParsedStatement | undefined> {
  if (statement.kind !== 'CreateTableAsStmt' && statement.kind !== 'ViewStmt') return undefined;
  const tokens = (await scanSql(sqlText(statement.text))).filter((token) => !token.isComment);
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.text === ')') depth -= 1;
    if (token.text === '(') depth += 1;
    const next = tokens[index + 1];
    if (depth !== 0 || token.text.toLowerCase() !== 'as' || !next) continue;
    if (!/^(select|with|values|table|\()$/i.test(next.text)) continue;
    const text = statement.text
      .slice(token.end)
      .replace(/\bwith\s+(no\s+data|data|((cascaded|local)\s+)?check\s+option)\s*$/i, '');
    return (await parseSql(text))[0];
  }
  return undefined;
}
