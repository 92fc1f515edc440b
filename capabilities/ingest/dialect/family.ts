/** What a cell looks like, more generously than types are inferred: a date in any order is one here. */
export type Family = 'empty' | 'text' | 'number' | 'date' | 'time' | 'boolean' | 'identifier';

const FAMILIES: [Family, RegExp][] = [
  ['number', /^[+-]?[$€£]? ?(\d+([.,' ]\d+)*|[.,]\d+)([eE][+-]?\d+)? ?%?$/],
  ['date', /^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([T ].*)?$/],
  ['time', /^\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$/],
  ['boolean', /^(true|false)$/i],
  [
    'identifier',
    /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[^@\s]+@[^@\s]+\.[^@\s]+|https?:\/\/\S+|\d{1,3}(\.\d{1,3}){3})$/i,
  ],
];

export function familyOf(cell: string): Family {
  const text = cell.trim();
  if (text === '') return 'empty';
  return FAMILIES.find(([, looks]) => looks.test(text))?.[0] ?? 'text';
}

/** The family that all cells share that are not empty; `undefined`: they differ, or are all empty. */
export function familyOfAll(cells: readonly string[]): Family | undefined {
  let shared: Family | undefined;
  for (const cell of cells) {
    const family = familyOf(cell);
    if (family === 'empty') continue;
    if (shared !== undefined && shared !== family) return undefined;
    shared = family;
  }
  return shared;
}
