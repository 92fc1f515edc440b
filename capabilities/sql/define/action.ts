import type { RelationName, Risk } from '../../../schemas/change';
import { targetOf, type Address } from './address';

/**
 * Actions on objects whose undo follows from their definitions in the catalogue, before and after. `does` is the action
 * in one line, for people.
 */
export type DefineAction =
  | {
      readonly kind: 'alter object';
      readonly objects: readonly Address[];
      /** GRANT … ON ALL … IN SCHEMA: everything of a kind (pg_class.relkind, or `f`) in these schemas instead. */
      readonly allIn?: { readonly schemas: readonly string[]; readonly kinds: readonly string[] };
      readonly does: string;
      /** Beginnings of the keys of the facets that it may change: what a proposal shows of its undo. */
      readonly about: readonly string[];
      readonly risk: Risk;
      readonly locks: string;
      /** In words, where nothing of what it changes is there before: what undo does. */
      readonly undo: string;
      readonly optional: boolean;
      /** ALTER … OWNER TO: the role; undefined within it: CURRENT_USER. */
      readonly owner?: { readonly role?: string };
      /** The key of a facet that undo cannot take away, and what to say of it. */
      readonly stays?: { readonly key: string; readonly lossy: string; readonly optional: boolean };
      /** Other access than before for somebody: what a reviewer should look at. */
      readonly warning?: string;
      /** Relations that get another name by it. */
      readonly gone?: readonly RelationName[];
      /** What must be there of the object. */
      readonly part?: { readonly what: Part; readonly name: string };
      /** It may be done to a partition or a table that inherits. */
      readonly anyTable: boolean;
    }
  | {
      readonly kind: 'create object';
      readonly object: Address;
      readonly does: string;
      readonly replace: boolean;
      readonly optional: boolean;
      readonly warning?: string;
      /** A materialised view, whose query's columns are known to lineage. */
      readonly query: boolean;
    }
  | {
      readonly kind: 'drop object';
      readonly objects: readonly Address[];
      readonly what: string;
      readonly does: string;
      readonly optional: boolean;
    }
  | {
      readonly kind: 'rename object';
      readonly object: Address;
      /** What it is afterwards; undefined where only a part of it gets another name. */
      readonly to?: Address;
      /** The statement that gives it its old name. */
      readonly back: string;
      readonly does: string;
      readonly optional: boolean;
    }
  | { readonly kind: 'refresh'; readonly relation: RelationName; readonly does: string }
  /** A setting that a dump begins with and that is Sluice's own business. `local`: one that must hold for what follows. */
  | { readonly kind: 'setting'; readonly why: string; readonly local?: string; readonly does: string };

/** Parts of a table (or domain) that statements name, with the beginnings of their facets' keys. */
export const PARTS = {
  trigger: ['trigger'],
  policy: ['policy'],
  index: ['index', 'key'],
  'foreign key': ['foreign key'],
  constraint: ['constraint', 'check', 'key', 'foreign key', 'not null', 'trigger'],
} as const;
export type Part = keyof typeof PARTS;

const KINDS: ReadonlySet<string> = new Set<DefineAction['kind']>([
  ...(['alter object', 'create object', 'drop object', 'rename object', 'refresh', 'setting'] as const),
]);

export const isDefinition = <A extends { kind: string }>(action: A): action is A & DefineAction =>
  KINDS.has(action.kind);

/** The objects that must be there for it. */
export function objectsIn(action: DefineAction): readonly Address[] {
  if (action.kind === 'alter object' || action.kind === 'drop object') return action.objects;
  if (action.kind === 'rename object') return [action.object];
  return action.kind === 'refresh' ? [{ of: 'relation', name: action.relation }] : [];
}

export function defineTargets(action: DefineAction): RelationName[] {
  switch (action.kind) {
    case 'alter object':
      return [
        ...new Set([
          ...action.objects.map(targetOf),
          ...(action.allIn?.schemas ?? []).map((schema) => `${schema}.*`),
        ]),
      ];
    case 'create object':
      return [targetOf(action.object)];
    case 'drop object':
      return action.objects.map(targetOf);
    case 'rename object':
      return [targetOf(action.object), ...(action.to ? [targetOf(action.to)] : [])];
    case 'refresh':
      return [action.relation];
    case 'setting':
      return [];
  }
}

/** What most of them are. */
export const PLAIN = { risk: 'additive', locks: '', optional: false, anyTable: false } as const;
export const MOMENT = 'readers and writers wait for a moment';
