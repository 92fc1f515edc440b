import type { Finding } from '../../../schemas/change';
import { child, children, walk } from '../../../sql/walk';
import type { Action } from '../action';
import { wordsFor } from '../define/address';

/** What an experienced reviewer would say of a statement without looking at the database (after squawk's rules). */
export function lint(action: Action): Finding[] {
  const warn = (rule: string, message: string): Finding => ({
    severity: 'warning',
    rule,
    message,
    place: action.place,
  });
  switch (action.kind) {
    case 'update':
    case 'delete':
      return child(action.node, 'whereClause')
        ? []
        : [
            warn(
              'no_where',
              `${action.kind.toUpperCase()} without WHERE is about every row of ${action.relation}.`,
            ),
          ];
    case 'truncate':
      return [warn('no_where', `TRUNCATE is about every row of ${action.relations.join(', ')}.`)];
    case 'rename relation':
      return action.what === 'index'
        ? []
        : [
            warn(
              'rename_breaks_readers',
              `Whoever uses the name ${action.relation} will not find it any more.`,
            ),
          ];
    case 'rename column':
      return [
        warn('rename_breaks_readers', `Queries that name ${action.column} of ${action.relation} will fail.`),
      ];
    case 'rename schema':
      return [warn('rename_breaks_readers', `Queries that name the schema ${action.schema} will fail.`)];
    case 'drop table':
    case 'drop view':
      return [warn('drop_breaks_readers', `Queries that name ${action.relations.join(', ')} will fail.`)];
    case 'drop column':
      return [
        warn('drop_breaks_readers', `Queries that name ${action.column} of ${action.relation} will fail.`),
      ];
    case 'create index':
      return [warn('index_blocks_writers', `Writers of ${action.relation} wait while the index is built.`)];
    case 'alter type':
      return [
        warn(
          'type_change_rewrites',
          `Changing the type of ${action.column} of ${action.relation} may rewrite every row and every index on it, while readers and writers wait.`,
        ),
      ];
    case 'add column':
      return columnFindings(action, warn);
    case 'add constraint':
      return constraintFindings(action, warn);
    case 'set not null':
      return [
        warn(
          'not_null_scans',
          `Every row of ${action.relation} is checked for NULL in ${action.column} while readers and writers wait.`,
        ),
      ];
    case 'create table':
      return tableFindings(action, warn);
    case 'alter object':
    case 'create object':
      return action.warning === undefined ? [] : [warn('changes_access_or_behaviour', action.warning)];
    case 'drop object':
      return [
        warn('drop_breaks_readers', `What names ${action.objects.map(wordsFor).join(', ')} will fail.`),
      ];
    case 'rename object':
      return action.to === undefined
        ? []
        : [warn('rename_breaks_readers', `What names ${wordsFor(action.object)} will fail.`)];
    default:
      return [];
  }
}

type Warn = (rule: string, message: string) => Finding;

function columnFindings(action: Extract<Action, { kind: 'add column' }>, warn: Warn): Finding[] {
  const constraints = children(child(child(action.node, 'def'), 'ColumnDef'), 'constraints').map(
    (each) => child(each, 'Constraint') ?? {},
  );
  const has = (type: string): boolean => constraints.some((each) => each['contype'] === type);
  const findings: Finding[] = [];
  const filled = has('CONSTR_DEFAULT') || has('CONSTR_GENERATED') || has('CONSTR_IDENTITY');
  if ((has('CONSTR_NOTNULL') || has('CONSTR_PRIMARY')) && !filled) {
    findings.push(
      warn(
        'not_null_without_default',
        `${action.column} is NOT NULL and has no default: this fails as soon as ${action.relation} has a row.`,
      ),
    );
  }
  const computed = constraints.some((each) => each['contype'] === 'CONSTR_DEFAULT' && callsFunction(each));
  if (
    computed ||
    has('CONSTR_IDENTITY') ||
    constraints.some((each) => each['contype'] === 'CONSTR_GENERATED' && each['generated_kind'] !== 'v')
  ) {
    findings.push(
      warn(
        'column_rewrites',
        `A value may have to be computed for every row of ${action.relation} while readers and writers wait.`,
      ),
    );
  }
  return findings;
}

function callsFunction(constraint: unknown): boolean {
  let found = false;
  walk(constraint, (tag) => {
    if (tag === 'FuncCall') found = true;
  });
  return found;
}

function constraintFindings(action: Extract<Action, { kind: 'add constraint' }>, warn: Warn): Finding[] {
  const { constraint, relation } = action;
  if (constraint['skip_validation'] === true) return [];
  if (constraint['contype'] === 'CONSTR_FOREIGN') {
    return [
      warn(
        'foreign_key_blocks_writers',
        `Writers of ${relation} and of the table it refers to wait while every row is checked.`,
      ),
    ];
  }
  if (constraint['contype'] === 'CONSTR_UNIQUE' || constraint['contype'] === 'CONSTR_PRIMARY') {
    return [
      warn(
        'key_builds_index',
        `Readers and writers of ${relation} wait while the index of the key is built.`,
      ),
    ];
  }
  return [warn('check_scans', `Every row of ${relation} is checked while readers and writers wait.`)];
}

function tableFindings(action: Extract<Action, { kind: 'create table' }>, warn: Warn): Finding[] {
  const elements = children(action.node, 'tableElts');
  if (elements.length === 0) return [];
  const keyed =
    JSON.stringify(elements).includes('"CONSTR_PRIMARY"') ||
    elements.some((each) => 'TableLikeClause' in each);
  return keyed
    ? []
    : [
        {
          ...warn(
            'no_primary_key',
            `${action.relation} has no primary key: its rows can only be told apart by their whole content.`,
          ),
          severity: 'info',
        },
      ];
}
