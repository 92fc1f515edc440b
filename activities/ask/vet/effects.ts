import { targetsOf, type Action } from '../../../capabilities/sql/action';
import type { RelationName } from '../../../schemas/change';
import type { Goal, Step } from '../../../schemas/goal';
import { readRelation } from '../../../sql/quote';
import { child, children, textOf } from '../../../sql/walk';
import type { StepSql } from './queries';

/** What a step would do to something, in one word. */
export type Verb = 'creates' | 'writes' | 'replaces' | 'updates' | 'deletes' | 'drops' | 'alters' | 'renames';

export interface Effect {
  step: Step;
  verb: Verb;
  /** `schema.name`; `schema.*` of a schema. */
  relation: RelationName;
  /** Of one column or constraint, its name. */
  part?: string;
  /** What is done, for people: `drop column note of shop.customers`. */
  words: string;
  action?: Action;
  sql?: StepSql;
}

/** Everything that a goal would write, in the order of its steps. `exists`: what is there before any of them. */
export function effectsOf(
  goal: Goal,
  sql: readonly StepSql[],
  exists: (relation: RelationName) => boolean,
): Effect[] {
  const made = new Set<RelationName>();
  const isThere = (relation: RelationName): boolean => exists(relation) || made.has(relation);
  return goal.steps.flatMap((step) => {
    const effects = ofStep(step, sql, isThere);
    for (const { verb, relation } of effects) if (verb === 'creates') made.add(relation);
    return effects;
  });
}

function ofStep(step: Step, sql: readonly StepSql[], isThere: (relation: RelationName) => boolean): Effect[] {
  const input = step.input as { into?: string; mode?: string; name?: string; materialized?: string };
  if (step.kind === 'ingest' && input.into !== undefined) {
    const relation = readRelation(input.into);
    if (!isThere(relation))
      return [{ step, verb: 'creates', relation, words: `load into the new ${relation}` }];
    return input.mode === 'replace'
      ? [{ step, verb: 'replaces', relation, words: `replace all rows of ${relation}` }]
      : [{ step, verb: 'writes', relation, words: `load into ${relation}` }];
  }
  if (step.kind === 'model' && input.name !== undefined) {
    const relation = readRelation(input.name);
    const there = isThere(relation);
    return [
      {
        step,
        verb: there ? 'replaces' : 'creates',
        relation,
        words: `${there ? 'rebuild' : 'build'} ${relation}`,
      },
    ];
  }
  const mine = sql.filter((each) => each.step === step);
  const here = new Set<RelationName>();
  return mine.flatMap((each) =>
    each.actions.flatMap((action) => {
      const effects = ofAction(action, (name) => isThere(name) || here.has(name));
      for (const { verb, relation } of effects) if (verb === 'creates') here.add(relation);
      return effects.map((effect) => ({ ...effect, step, action, sql: each }));
    }),
  );
}

const changesRows = ({ node }: Action): boolean =>
  child(node, 'onConflictClause')?.['action'] === 'ONCONFLICT_UPDATE';

/** The most that a MERGE may do to rows that are there. */
function mergeVerb({ node }: Action): Verb {
  const does = children(node, 'mergeWhenClauses').map((each) =>
    textOf(child(each, 'MergeWhenClause'), 'commandType'),
  );
  if (does.includes('CMD_DELETE')) return 'deletes';
  return does.includes('CMD_UPDATE') ? 'updates' : 'writes';
}

type Found = Pick<Effect, 'verb' | 'relation' | 'part' | 'words'>;

function ofAction(action: Action, isThere: (relation: RelationName) => boolean): Found[] {
  const on = (verb: Verb, part?: string): Found[] =>
    targetsOf(action).map((relation) => ({
      verb,
      relation,
      words: `${action.kind} ${part === undefined ? '' : `${part} of `}${relation}`,
      ...(part === undefined ? {} : { part }),
    }));
  switch (action.kind) {
    case 'create schema':
      return action.optional && isThere(`${action.schema}.*`) ? [] : on('creates');
    case 'create table':
      return action.optional && isThere(action.relation) ? [] : on('creates').slice(0, 1);
    case 'create view':
      return on(isThere(action.relation) ? 'replaces' : 'creates');
    case 'drop schema':
    case 'drop table':
    case 'drop view':
    case 'drop index':
    case 'drop object':
      return on('drops');
    case 'create object':
      return on(targetsOf(action).some(isThere) ? 'replaces' : 'creates');
    case 'alter object':
    case 'refresh':
      return on('alters');
    case 'setting':
      return [];
    case 'drop column':
      return on('drops', action.column);
    case 'drop constraint':
      return on('drops', action.constraint);
    case 'rename schema':
    case 'rename relation':
    case 'rename object':
      // The old name is what changes; the new one is what it is called then.
      return on('renames').slice(0, 1);
    case 'rename column':
      return on('renames', action.column);
    case 'rename constraint':
      return on('renames', action.constraint);
    case 'alter type':
    case 'set default':
    case 'set not null':
    case 'drop not null':
    case 'add column':
      return on('alters', action.column);
    case 'add constraint':
    case 'create index':
    case 'attach partition':
      return on('alters');
    case 'detach partition':
      return on('drops', action.partition).slice(0, 1);
    case 'insert':
      // ON CONFLICT DO UPDATE changes what is there.
      return on(changesRows(action) ? 'updates' : 'writes');
    case 'update':
      return on('updates');
    case 'merge':
      return on(mergeVerb(action));
    case 'delete':
    case 'truncate':
      return on('deletes');
  }
}
