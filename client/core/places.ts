import { isMap, isScalar, isSeq, type Document, type LineCounter, type Node, type Pair } from 'yaml';
import type { Fault } from '../../schemas/errors';

/** Finds where a path of a document (`steps[1].ingest.key[0]`) stands in its text. */
export interface Places {
  /** `file:line:column`, both counted from 1; of the deepest part of the path that is there. */
  readonly of: (path: string, what?: 'key' | 'value') => string;
  /** Each fault with its place. A key that should not be there is pointed at itself, all else at its value. */
  readonly locate: (faults: readonly Fault[]) => Fault[];
}

export function placesOf(document: Document, lines: LineCounter, file: string): Places {
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const of = (path: string, what: 'key' | 'value' = 'value'): string =>
    place(offsetOf(document.contents, path, what) ?? 0);
  return {
    of,
    locate: (faults) =>
      faults.map((fault) => ({
        ...fault,
        place: of(fault.path, fault.message.startsWith('unknown key') ? 'key' : 'value'),
      })),
  };
}

function offsetOf(root: Node | null, path: string, what: 'key' | 'value'): number | undefined {
  let node: Node | null = root;
  let rest = path;
  let deepest = root?.range?.[0];
  while (rest !== '') {
    const step = isMap(node)
      ? intoMap(node.items, rest)
      : isSeq(node)
        ? intoSeq(node.items, rest)
        : undefined;
    if (!step) return deepest;
    rest = step.rest;
    node = step.value;
    const value = node?.range?.[0];
    deepest = (rest === '' && what === 'key' ? step.key : undefined) ?? value ?? step.key ?? deepest;
  }
  return deepest;
}

interface Step {
  value: Node | null;
  key?: number;
  rest: string;
}

/** A key may itself hold dots and brackets, so the longest key that the path continues with is the one meant. */
function intoMap(items: Pair[], path: string): Step | undefined {
  const text = path.startsWith('.') ? path.slice(1) : path;
  let found: { pair: Pair; name: string } | undefined;
  for (const pair of items) {
    const name = isScalar(pair.key) ? String(pair.key.value) : undefined;
    if (name === undefined || !text.startsWith(name) || !/^($|[.[])/.test(text.slice(name.length))) continue;
    if (name.length > (found?.name.length ?? -1)) found = { pair, name };
  }
  if (!found) return undefined;
  const { pair, name } = found;
  return {
    value: pair.value as Node | null,
    key: (pair.key as Node).range?.[0],
    rest: text.slice(name.length),
  };
}

function intoSeq(items: unknown[], path: string): Step | undefined {
  const match = /^\[(\d+)\]/.exec(path);
  const item = match ? items[Number(match[1])] : undefined;
  return item === undefined ? undefined : { value: item as Node, rest: path.slice(match![0].length) };
}
