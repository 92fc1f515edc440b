import type { Finding } from '../../schemas/change';
import { fileLabel } from './history';
import type { IngestInput } from './input';
import type { Looked } from './looked';
import type { ScannedFile } from './scan-files';

/** A file whose content is known under another name. */
export interface KnownFile {
  /** Its name in the ledger, and the other one. */
  file: string;
  as: string;
  /** The other one is in the table already; otherwise it comes with the same load. */
  loaded: boolean;
  path: string;
}

/**
 * Files that hold what is in the table, or in the same load, under another name: moved, copied, compressed. Of compressed
 * files it is what is in them that counts. A file without rows is like any other.
 */
export function knownFiles(
  files: readonly ScannedFile[],
  { input, history }: Looked,
  again: ReadonlySet<string>,
): KnownFile[] {
  if (input.mode === 'replace' || input.reload) return [];
  const contents = new Map<string, { as: string; loaded: boolean }>();
  for (const [label, loads] of history.files) {
    for (const { content } of loads) contents.set(content, { as: label, loaded: true });
  }
  const known: KnownFile[] = [];
  for (const scanned of files) {
    const file = fileLabel(scanned);
    const { path, content = scanned.sha256, records } = scanned;
    const other = contents.get(content);
    if (records === 0 || again.has(file)) continue;
    if (other && other.as !== file) known.push({ file, path, ...other });
    else contents.set(content, { as: file, loaded: false });
  }
  return known;
}

export function knownFinding({ file, as, loaded, path }: KnownFile, { mode, key }: IngestInput): Finding {
  const what = loaded
    ? `has the content of ${as}, which is loaded`
    : `has the content of ${as}, which is loaded with it`;
  const so =
    mode === 'merge'
      ? 'its rows may put older values in the place of newer ones'
      : key
        ? 'its rows are there already'
        : 'all its rows will be added again';
  return {
    severity: 'warning',
    rule: 'file_known',
    message: `${file} ${what}: ${so} (\`known: skip\` counts it as loaded, \`known: load\` says that it is meant)`,
    place: path,
  };
}
