import { child, children, isTree, names, numberOf, tagged, textOf, type Tree } from './walk';

/**
 * Texts that a statement holds or makes of constants alone: literals as PostgreSQL reads them (whatever escapes they are
 * written with), what is glued together of them, and what the functions make of them that are used to hide a text.
 */
export function constantTexts(node: unknown): string[] {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (!isTree(value)) return;
    const text = folded(value);
    if (text !== undefined) for (const each of [text, ...decoded(text)]) found.add(each);
    for (const below of Object.values(value)) visit(below);
  };
  visit(node);
  return [...found];
}

/** The text that an expression of constants is; undefined where it is none, or not one that is known here. */
function folded(node: Tree): string | undefined {
  const [tag, inner] = tagged(node);
  switch (tag) {
    case 'A_Const':
      return constant(inner);
    case 'TypeCast':
      return of(child(inner, 'arg'));
    case 'CollateClause':
      return of(child(inner, 'arg'));
    case 'A_Expr':
      return names(children(inner, 'name')).at(-1) === '||'
        ? joined([of(child(inner, 'lexpr')), of(child(inner, 'rexpr'))], '')
        : undefined;
    case 'FuncCall':
      return called(names(children(inner, 'funcname')).at(-1) ?? '', children(inner, 'args'));
    default:
      return undefined;
  }
}

const of = (node: Tree | undefined): string | undefined => (node ? folded(node) : undefined);

function constant(node: Tree): string | undefined {
  const text = textOf(child(node, 'sval'), 'sval') ?? textOf(child(node, 'fval'), 'fval');
  if (text !== undefined) return text;
  const whole = child(node, 'ival');
  return whole ? String(numberOf(whole, 'ival') ?? 0) : undefined;
}

function called(name: string, args: readonly Tree[]): string | undefined {
  const texts = args.map((arg) => folded(arg) ?? list(arg)?.join(''));
  const [first, second, third] = texts;
  switch (name) {
    case 'concat':
      return joined(texts, '');
    case 'concat_ws':
      return first === undefined ? undefined : joined(texts.slice(1), first);
    case 'array_to_string':
    case 'string_agg':
      return args[0] && joined(list(args[0]) ?? [undefined], second ?? '');
    case 'format': {
      let at = 0;
      if (first === undefined || texts.includes(undefined)) return undefined;
      return first.replace(/%[sIL]/g, () => texts[(at += 1)] ?? '');
    }
    case 'reverse':
      return first === undefined ? undefined : [...first].reverse().join('');
    case 'lower':
    case 'upper':
    case 'btrim':
    case 'trim':
    case 'convert_from':
    case 'convert_to':
    case 'encode':
      return first;
    case 'decode':
      return first === undefined ? undefined : (decoded(first)[0] ?? first);
    case 'chr': {
      const code = Number(first);
      return Number.isInteger(code) && code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
    }
    case 'replace':
      return first === undefined || second === undefined || third === undefined || second === ''
        ? undefined
        : first.replaceAll(second, third);
    case 'translate':
      return first === undefined || second === undefined || third === undefined
        ? undefined
        : [...first]
            .map((sign) => {
              const at = [...second].indexOf(sign);
              return at < 0 ? sign : ([...third][at] ?? '');
            })
            .join('');
    default:
      return undefined;
  }
}

/** The constants of an ARRAY[…]. */
function list(node: Tree): string[] | undefined {
  const elements = child(node, 'A_ArrayExpr') ?? child(child(child(node, 'TypeCast'), 'arg'), 'A_ArrayExpr');
  if (!elements) return undefined;
  const texts = children(elements, 'elements').map(folded);
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

function joined(texts: readonly (string | undefined)[], by: string): string | undefined {
  return texts.includes(undefined) ? undefined : texts.join(by);
}

/** What a text says in base64 or hexadecimal digits, if that is readable. */
function decoded(text: string): string[] {
  const short = text.replace(/^\\x/, '').replace(/\s/g, '');
  if (short.length < 16) return [];
  const found: string[] = [];
  if (/^([0-9a-f]{2})+$/i.test(short)) found.push(Buffer.from(short, 'hex').toString('latin1'));
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(short)) found.push(Buffer.from(short, 'base64').toString('latin1'));
  return found.filter((each) => /^[\x09\x0a\x0d\x20-\x7e]{8,}$/.test(each));
}
