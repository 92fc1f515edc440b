import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { Problem } from '../schemas/errors';
import type { LoadedUndo, UndoRequest } from '../schemas/life';
import type { RunDocument, RunStatus } from '../schemas/run';
import { identity, STATUS } from './attributes';
import { quoted, shellWord } from './details-text';

/** What operators see of an undo: which run it takes back, and what came of it. */
export class UndoView {
  private inLists = false;

  constructor(private readonly request: UndoRequest) {}

  list(loaded: LoadedUndo): void {
    this.inLists = true;
    upsertSearchAttributes([
      ...identity(loaded.run.goal, loaded.warehouse, loaded.owner),
      { key: STATUS, value: 'applying' satisfies RunStatus },
    ]);
  }

  /** `undone`; anything else: the run stands as it did. */
  ended(
    status: 'undone' | 'rolled_back' | 'rejected' | 'expired',
    document?: RunDocument,
    problem?: Problem,
  ): void {
    if (this.inLists) upsertSearchAttributes([{ key: STATUS, value: status }]);
    this.describe(document, status, problem);
  }

  /** Nothing of the run stands: it has changed nothing, or was taken back before. */
  nothing(document: RunDocument): void {
    upsertSearchAttributes([{ key: STATUS, value: document.status }]);
    setCurrentDetails(
      `Nothing of run \`${quoted(document.runId)}\` of **${quoted(document.goal)}** stands (it is ${document.status}): there was nothing to undo. Asked by ${quoted(this.request.by)}.`,
    );
  }

  describe(document?: RunDocument, status?: RunStatus, problem?: Problem): void {
    const { runId, by } = this.request;
    const steps = (document?.steps ?? []).map((step) => `- \`${step.id}\` (${step.kind}): ${step.status}`);
    const about = `run \`${quoted(runId)}\`${document ? ` of **${quoted(document.goal)}**` : ''}`;
    const words =
      status === 'undone'
        ? `Took back ${about}: all of it.`
        : problem
          ? `Did not take back ${about}: it stands as it was.`
          : `Takes back ${about}: all its changes in reverse order, in one transaction, or none.`;
    setCurrentDetails(
      [
        `${words} Asked by ${quoted(by)}.`,
        steps.join('\n'),
        ...(problem
          ? [
              `### What went wrong`,
              `\`${problem.code}\`: ${quoted(problem.message)}`,
              `**Now:** ${quoted(problem.state)}`,
              `**Next:** ${quoted(problem.next)}`,
              `Then again:\n\n\`\`\`sh\nsluice undo ${shellWord(runId)}\n\`\`\``,
            ]
          : []),
      ].join('\n\n'),
    );
  }
}
