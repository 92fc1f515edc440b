/** Lines around a change that are shown with it. */
const CONTEXT = 3;

/** Beyond so many pairs of lines the whole is shown as one change: a document is never that long. */
const MAX_PAIRS = 4_000_000;

type Line = readonly [mark: ' ' | '-' | '+', text: string];

/** The change from one text to another in the usual unified form; empty when there is none. */
export function unifiedDiff(before: string, after: string, names: readonly [string, string]): string {
  const [a, b] = [before.split('\n'), after.split('\n')];
  const lines = a.length * b.length > MAX_PAIRS ? replaced(a, b) : compared(a, b);
  if (lines.every(([mark]) => mark === ' ')) return '';
  return [`--- ${names[0]}`, `+++ ${names[1]}`, ...hunks(lines)].join('\n');
}

const replaced = (a: readonly string[], b: readonly string[]): Line[] => [
  ...a.map((text): Line => ['-', text]),
  ...b.map((text): Line => ['+', text]),
];

/** By the longest common subsequence, what is taken out before what comes in. */
function compared(a: readonly string[], b: readonly string[]): Line[] {
  const common = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      common[i]![j] =
        a[i] === b[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push([' ', a[i]!]);
      i += 1;
      j += 1;
    } else if (i < a.length && (j === b.length || common[i + 1]![j]! >= common[i]![j + 1]!)) {
      lines.push(['-', a[i]!]);
      i += 1;
    } else {
      lines.push(['+', b[j]!]);
      j += 1;
    }
  }
  return lines;
}

function hunks(lines: readonly Line[]): string[] {
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(([mark]) => mark !== ' '),
  );
  const result: string[] = [];
  let [old, now] = [1, 1];
  for (let at = 0; at < lines.length;) {
    if (!near[at]) {
      old += 1;
      now += 1;
      at += 1;
      continue;
    }
    const end = near.indexOf(false, at) < 0 ? lines.length : near.indexOf(false, at);
    const hunk = lines.slice(at, end);
    const [removed, added] = [
      hunk.filter(([mark]) => mark !== '+').length,
      hunk.filter(([mark]) => mark !== '-').length,
    ];
    result.push(`@@ -${old},${removed} +${now},${added} @@`, ...hunk.map(([mark, text]) => `${mark}${text}`));
    old += removed;
    now += added;
    at = end;
  }
  return result;
}
