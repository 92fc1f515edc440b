import { child, children, names, tagged, textOf, type Tree } from '../../sql/walk';

const FIXED: Record<string, string> = {
  CoalesceExpr: 'coalesce',
  A_ArrayExpr: 'array',
  RowExpr: 'row',
  GroupingFunc: 'grouping',
};

interface Found {
  name: string;
  /** 1: only when nothing better is there; 2: a name of its own. */
  strength: 1 | 2;
}

/** The name PostgreSQL gives a column that has no alias (FigureColname); `undefined`: none, or not known here. */
export function figureName(node: unknown): string | undefined {
  return figure(node)?.name;
}

function figure(node: unknown): Found | undefined {
  const [tag, value] = tagged((node ?? {}) as Tree);
  switch (tag) {
    case 'ColumnRef': {
      const name = names(children(value, 'fields')).at(-1);
      return name ? { name, strength: 2 } : undefined;
    }
    case 'A_Indirection': {
      const name = names(children(value, 'indirection')).findLast((part) => part !== '');
      return name ? { name, strength: 2 } : figure(value['arg']);
    }
    case 'FuncCall':
      return { name: names(children(value, 'funcname')).at(-1)!, strength: 2 };
    case 'CollateClause':
      return figure(value['arg']);
    case 'TypeCast': {
      const type = names(children(child(value, 'typeName'), 'names')).at(-1);
      const inner = figure(value['arg']);
      return inner?.strength === 2 ? inner : type ? { name: type, strength: 1 } : undefined;
    }
    case 'CaseExpr': {
      const other = figure(value['defresult']);
      return other?.strength === 2 ? other : { name: 'case', strength: 1 };
    }
    case 'MinMaxExpr':
      return { name: textOf(value, 'op') === 'IS_LEAST' ? 'least' : 'greatest', strength: 2 };
    case 'SQLValueFunction':
      return { name: (textOf(value, 'op') ?? '').replace(/^SVFOP_|_N$/g, '').toLowerCase(), strength: 2 };
    case 'SubLink':
      return ofSubLink(value);
    default:
      return FIXED[tag] === undefined ? undefined : { name: FIXED[tag], strength: 2 };
  }
}

function ofSubLink(link: Tree): Found | undefined {
  switch (textOf(link, 'subLinkType')) {
    case 'EXISTS_SUBLINK':
      return { name: 'exists', strength: 2 };
    case 'ARRAY_SUBLINK':
      return { name: 'array', strength: 2 };
    case 'EXPR_SUBLINK': {
      const select = child(child(link, 'subselect'), 'SelectStmt');
      const target = child(children(select, 'targetList')[0], 'ResTarget');
      const alias = textOf(target, 'name');
      if (alias !== undefined) return { name: alias, strength: 2 };
      return target && figure(target['val']);
    }
    default:
      return undefined;
  }
}
