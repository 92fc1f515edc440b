import type { Change, Finding } from '../../schemas/change';
import { sizeText, type Retention } from '../../schemas/retention';

/** What a change is completed with: how long what its undo needs is kept, and what is said of it. */
export type Kept = Pick<Change, 'lossy' | 'findings' | 'keepMs'>;

/**
 * States what a change would hold for its undo and until when. What would not fit beside what is held already
 * (`held`, by other changes and by `earlier` ones of this run, in bytes) is lossy: nobody approves it unknowingly.
 * The lossy text has no figures that move: it is part of the digest.
 */
export function stateKept(
  change: Pick<Change, 'noop' | 'writes' | 'lossy' | 'findings' | 'estimate'>,
  retention: Retention,
  { held, earlier, now = Date.now() }: { held: number; earlier: number; now?: number },
): Kept {
  const { lossy, findings } = change;
  if (change.noop || change.writes.length === 0) return { lossy, findings };
  const needs = change.estimate.undoBytes ?? 0;
  const { words } = retention;
  if (needs > 0 && held + earlier + needs > retention.undoBytes) {
    const lost = `once its run has ended: what its undo needs would not fit into retention.undoBytes (${words.undoBytes}) and is swept`;
    const finding: Finding = {
      severity: 'warning',
      rule: 'undo_over_cap',
      message: `Its undo needs about ${sizeText(needs)}; ${sizeText(held + earlier)} of ${words.undoBytes} are held already.`,
    };
    return { lossy: [...lossy, lost], findings: [...findings, finding], keepMs: 0 };
  }
  if (needs === 0) return { lossy, findings, keepMs: retention.undoMs };
  const until = new Date(now + retention.undoMs).toISOString().slice(0, 10);
  const finding: Finding = {
    severity: 'info',
    rule: 'undo_kept',
    message: `About ${sizeText(needs)} are held for its undo until ${until} (${words.undo} after it is applied); ${sizeText(held + earlier)} of ${words.undoBytes} are held already.`,
  };
  return { lossy, findings: [...findings, finding], keepMs: retention.undoMs };
}
