import type { ParsedStatement } from '../../sql/parse';
import { relationName } from '../../sql/relations';
import { child, textOf, walk, type Tree } from '../../sql/walk';
import type { Action } from './action';
import { recogniseAlterPart } from './define/recognise-alter';
import { ALLOWED, noCascade, notAllowed, refuseForm } from './refusals';

/** One action of an ALTER TABLE. `text` is an ALTER TABLE with this action alone. Throws `statement_refused`. */
export function recogniseAlter(statement: ParsedStatement, command: Tree, text: string): Action {
  const { node } = statement;
  const part = recogniseAlterPart(statement, command, text);
  if (part) return part;
  if (node['objtype'] !== 'OBJECT_TABLE') throw notAllowed(statement);
  noCascade(statement, command);
  const written = { text, place: statement.place, node: command, statement };
  const table = { relation: relationName(child(node, 'relation')!), ifTable: node['missing_ok'] === true };
  const optional = command['missing_ok'] === true;
  const column = textOf(command, 'name') ?? '';
  const def = child(command, 'def');
  switch (textOf(command, 'subtype')) {
    case 'AT_AddColumn':
      return {
        ...written,
        ...table,
        kind: 'add column',
        column: textOf(child(def, 'ColumnDef'), 'colname') ?? '',
        optional,
      };
    case 'AT_DropColumn':
      return { ...written, ...table, kind: 'drop column', column, optional };
    case 'AT_AlterColumnType':
      return { ...written, ...table, kind: 'alter type', column };
    case 'AT_ColumnDefault':
      return { ...written, ...table, kind: 'set default', column, drops: def === undefined };
    case 'AT_SetNotNull':
      return { ...written, ...table, kind: 'set not null', column };
    case 'AT_DropNotNull':
      return { ...written, ...table, kind: 'drop not null', column };
    case 'AT_AddConstraint':
      return { ...written, ...table, kind: 'add constraint', constraint: ownConstraint(statement, def) };
    case 'AT_DropConstraint':
      return { ...written, ...table, kind: 'drop constraint', constraint: column, optional };
    case 'AT_AttachPartition':
    case 'AT_DetachPartition': {
      const cmd = child(def, 'PartitionCmd') ?? {};
      if (cmd['concurrent'] === true) {
        throw refuseForm(
          statement,
          'DETACH PARTITION … CONCURRENTLY is refused: it cannot run in a transaction, so a failure half-way would stay.',
          'Leave CONCURRENTLY out; readers and writers of the table wait for a moment.',
        );
      }
      return {
        ...written,
        kind: textOf(command, 'subtype') === 'AT_AttachPartition' ? 'attach partition' : 'detach partition',
        relation: table.relation,
        partition: relationName(child(cmd, 'name') ?? {}),
      };
    }
    default: {
      const what = (textOf(command, 'subtype') ?? '').replace(/^AT_/, '').replace(/([a-z])([A-Z])/g, '$1 $2');
      throw refuseForm(
        statement,
        `ALTER TABLE … ${what.toUpperCase()} is not a statement that Sluice can take back.`,
        `Allowed: ${ALLOWED[1]}.`,
      );
    }
  }
}

function ownConstraint(statement: ParsedStatement, def: Tree | undefined): Tree {
  const constraint = child(def, 'Constraint') ?? {};
  walk(def, (tag, below) => {
    if (tag === 'Constraint' && below['indexspace'])
      throw refuseForm(statement, 'A tablespace is refused.', 'Leave USING INDEX TABLESPACE out.', below);
  });
  return constraint;
}
