import type { Finding } from '../../schemas/change';
import type { FoundFile } from '../../sources/sources';
import type { ProposeContext } from '../capability';
import { fileLabel, type History, type LoadedFile } from './history';
import type { IngestInput } from './input';

export interface Choice {
  files: FoundFile[];
  /** Names in the ledger of those that were loaded before, as they were or with another content. */
  again: Set<string>;
  findings: Finding[];
}

/**
 * The files that are to be loaded: those whose name, size and content are not in the table already. To replace takes
 * all of them, or none when they are the very files that are in it.
 */
export async function newFiles(
  found: readonly FoundFile[],
  history: History,
  { mode, cursor, reload }: Pick<IngestInput, 'mode' | 'cursor' | 'reload'>,
  ctx: Pick<ProposeContext, 'sources' | 'signal'>,
): Promise<Choice> {
  const isLoaded = async (file: FoundFile, loaded: readonly LoadedFile[]): Promise<boolean> => {
    const candidates = loaded.filter(({ path, size }) => path === fileLabel(file) && size === file.size);
    if (candidates.length === 0) return false;
    const { sha256 } = await ctx.sources.hash(file, ctx.signal);
    return candidates.some((candidate) => candidate.sha256 === sha256);
  };
  if (mode === 'replace') {
    const before = history.replaced ?? [];
    let same = before.length === found.length;
    for (const file of found) same = same && (await isLoaded(file, before));
    return { files: same && !reload ? [] : [...found], again: new Set(), findings: [] };
  }
  const files: FoundFile[] = [];
  const again = new Set<string>();
  const findings: Finding[] = [];
  for (const file of found) {
    const loaded = history.files.get(fileLabel(file)) ?? [];
    if (!reload && (await isLoaded(file, loaded))) continue;
    files.push(file);
    if (loaded.length === 0) continue;
    if (cursor !== undefined || reload) again.add(fileLabel(file));
    else if (mode === 'append') {
      findings.push({
        severity: 'warning',
        rule: 'file_changed',
        message: `${fileLabel(file)} was loaded before with another content: all its rows will be added again (mode: merge would update them)`,
        place: file.path,
      });
    }
  }
  return { files, again, findings };
}
