import type { RelationName } from '../../schemas/change';
import type { ParsedStatement } from '../../sql/parse';
import type { Tree } from '../../sql/walk';
import { defineTargets, type DefineAction } from './define/action';

/** What every action has: the SQL that runs, as the person wrote it, and where they wrote it. */
interface Written {
  readonly text: string;
  readonly place: string;
  /** The node that says what to do: a statement, or one action of an ALTER TABLE. */
  readonly node: Tree;
  readonly statement: ParsedStatement;
}

/** `if exists` / `if not exists`: nothing happens, and nothing is undone, where there is nothing to do. */
interface Optional {
  readonly optional: boolean;
}

interface OnTable {
  readonly relation: RelationName;
  /** ALTER TABLE IF EXISTS. */
  readonly ifTable: boolean;
}

/** What {@link https://www.postgresql.org/docs/18/sql-commands.html | PostgreSQL's} statements can be here: a closed set. */
export type Action = Written &
  (
    | ({ readonly kind: 'create schema'; readonly schema: string } & Optional)
    | ({ readonly kind: 'drop schema'; readonly schemas: readonly string[] } & Optional)
    | { readonly kind: 'rename schema'; readonly schema: string; readonly to: string }
    | ({
        readonly kind: 'create table';
        readonly relation: RelationName;
        readonly fromQuery: boolean;
        /** The tables that it is a partition of or inherits from. */
        readonly parents: readonly RelationName[];
      } & Optional)
    | ({ readonly kind: 'drop table'; readonly relations: readonly RelationName[] } & Optional)
    | ({
        readonly kind: 'rename relation';
        readonly relation: RelationName;
        readonly to: string;
        readonly what: 'table' | 'view' | 'index';
      } & Optional)
    | ({
        readonly kind: 'rename column';
        readonly relation: RelationName;
        readonly column: string;
        readonly to: string;
        readonly what: 'table' | 'view';
      } & Optional)
    | ({
        readonly kind: 'rename constraint';
        readonly relation: RelationName;
        readonly constraint: string;
        readonly to: string;
      } & Optional)
    | ({ readonly kind: 'add column'; readonly column: string } & Optional & OnTable)
    | ({ readonly kind: 'drop column'; readonly column: string } & Optional & OnTable)
    | ({ readonly kind: 'alter type'; readonly column: string } & OnTable)
    | ({ readonly kind: 'set default'; readonly column: string; readonly drops: boolean } & OnTable)
    | ({ readonly kind: 'set not null'; readonly column: string } & OnTable)
    | ({ readonly kind: 'drop not null'; readonly column: string } & OnTable)
    | ({ readonly kind: 'add constraint'; readonly constraint: Tree } & OnTable)
    | ({ readonly kind: 'drop constraint'; readonly constraint: string } & Optional & OnTable)
    | { readonly kind: 'attach partition'; readonly relation: RelationName; readonly partition: RelationName }
    | { readonly kind: 'detach partition'; readonly relation: RelationName; readonly partition: RelationName }
    | ({ readonly kind: 'create index'; readonly relation: RelationName; readonly index?: string } & Optional)
    | ({ readonly kind: 'drop index'; readonly indexes: readonly RelationName[] } & Optional)
    | { readonly kind: 'create view'; readonly relation: RelationName; readonly replace: boolean }
    | ({ readonly kind: 'drop view'; readonly relations: readonly RelationName[] } & Optional)
    | {
        readonly kind: 'insert' | 'update' | 'delete';
        readonly relation: RelationName;
        /** ONLY: not the rows of tables that inherit from it. */
        readonly only: boolean;
      }
    | { readonly kind: 'merge'; readonly relation: RelationName; readonly only: boolean }
    | {
        readonly kind: 'truncate';
        readonly relations: readonly RelationName[];
        readonly only: readonly RelationName[];
        /** RESTART IDENTITY. */
        readonly restarts: boolean;
      }
    | DefineAction
  );

export type ActionKind = Action['kind'];
export type ActionOf<Kind extends ActionKind> = Extract<Action, { readonly kind: Kind }>;

/** Changes rows and no structure. */
export const isAboutRows = ({ kind }: Pick<Action, 'kind'>): boolean =>
  kind === 'insert' || kind === 'update' || kind === 'delete' || kind === 'merge' || kind === 'truncate';

/** The tables, views and schemas (`schema.*`) that an action is about. */
export function targetsOf(action: Action): RelationName[] {
  switch (action.kind) {
    case 'create schema':
      return [`${action.schema}.*`];
    case 'drop schema':
      return action.schemas.map((schema) => `${schema}.*`);
    case 'rename schema':
      return [`${action.schema}.*`, `${action.to}.*`];
    case 'drop table':
    case 'drop view':
    case 'truncate':
      return [...action.relations];
    case 'rename relation':
      return [action.relation, renamed(action.relation, action.to)];
    case 'drop index':
      return [...action.indexes];
    case 'alter object':
    case 'create object':
    case 'drop object':
    case 'rename object':
    case 'refresh':
    case 'setting':
      return defineTargets(action);
    case 'create table':
      return [action.relation, ...action.parents];
    case 'attach partition':
    case 'detach partition':
      return [action.relation, action.partition];
    default:
      return [action.relation];
  }
}

/** A relation under another name in the same schema. */
export function renamed(relation: RelationName, to: string): RelationName {
  return `${relation.slice(0, relation.indexOf('.'))}.${to}`;
}
