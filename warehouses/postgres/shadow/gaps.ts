import type { LeftOut } from '../clone/definition';
import type { Failed } from '../clone/execute';
import type { StructureLine } from '../fingerprint';
import { structureDifferences } from './differences';

export interface Compared {
  live: readonly StructureLine[];
  copy: readonly StructureLine[];
  /** What was not even tried; it is reported with its reasons elsewhere. */
  leftOut: readonly LeftOut[];
  failed: readonly Failed[];
}

/** More than so many of a kind are counted, not listed. */
const LISTED = 30;

/** What the copy has differently from the original, each thing once, with the server's reason where there is one. */
export function structureGaps({ live, copy, leftOut, failed }: Compared): string[] {
  const explained = new Set(
    leftOut.flatMap(({ label }) => [label, label.replace(/^foreign table /, 'relation ')]),
  );
  const { missing, extra, other } = structureDifferences(live, copy);
  const unexplained = (labels: readonly string[]): string[] =>
    labels.filter((label) => !explained.has(label));
  const differences = [
    ...unexplained(missing).map((label) => `${label} is not in the shadow`),
    ...unexplained(other).map((label) => `${label} is not the same in the shadow`),
    ...extra.map((label) => `${label} is only in the shadow`),
  ];
  if (differences.length === 0) return [];
  const reasons = failed.map(({ made, message }) => `${made.label} could not be made: ${message}`);
  return [...capped(reasons), ...capped(differences)];
}

function capped(items: readonly string[]): string[] {
  if (items.length <= LISTED) return [...items];
  return [...items.slice(0, LISTED), `… and ${items.length - LISTED} more`];
}
