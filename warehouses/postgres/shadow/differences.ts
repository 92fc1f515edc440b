import type { StructureLine } from '../fingerprint';

export interface Differences {
  /** Labels: the class and identity of a line. Parts of what is itself missing (or extra) are not listed again. */
  missing: string[];
  extra: string[];
  other: string[];
}

export const labelOf = (line: StructureLine): string => `${line.class} ${line.identity}`;

/** What `now` lacks of `before`, has besides, and has differently. */
export function structureDifferences(
  before: readonly StructureLine[],
  now: readonly StructureLine[],
): Differences {
  const [was, is] = [byLabel(before), byLabel(now)];
  return {
    missing: wholes(before.filter((line) => !is.has(labelOf(line)))),
    extra: wholes(now.filter((line) => !was.has(labelOf(line)))),
    other: before
      .filter((line) => is.has(labelOf(line)) && is.get(labelOf(line)) !== line.definition)
      .map(labelOf),
  };
}

const byLabel = (lines: readonly StructureLine[]): Map<string, string> =>
  new Map(lines.map((line) => [labelOf(line), line.definition]));

/** A column of a table that is missing itself says nothing new. */
function wholes(lines: readonly StructureLine[]): string[] {
  const relations = lines.filter((line) => line.class === 'relation');
  const names = new Set(relations.map(({ identity }) => identity));
  const parts = lines.filter((line) => line.class !== 'relation' && !startsWithAny(line.identity, names));
  return [...relations, ...parts].map(labelOf);
}

/** True when one of the names is the identity, or is followed in it by a dot or a blank. */
function startsWithAny(identity: string, names: ReadonlySet<string>): boolean {
  if (names.has(identity)) return true;
  for (let i = 0; i < identity.length; i += 1) {
    if ((identity[i] === '.' || identity[i] === ' ') && names.has(identity.slice(0, i))) return true;
  }
  return false;
}
