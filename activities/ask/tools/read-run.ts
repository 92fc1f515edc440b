import { z } from 'zod';
import { fail } from '../../../schemas/errors';
import type { Proposal, RunDocument } from '../../../schemas/run';
import type { RunRow } from '../../../store/runs';
import type { Bundle } from '../../services';
import { maskedDocument } from '../mask/document';
import { nameAsData, pathAsData } from '../mask/names';
import { messageAsData, problemAsData } from '../mask/problem';
import { fitting } from './limits';
import type { Tool, ToolContext } from './tool';

const inputSchema = z.strictObject({
  run: z.string().min(3).max(150).describe('Its id, or how it begins.'),
});

/**
 * What is on record of a run, as facts: nothing here is the text of a log. Lines of logs reach a model only through
 * the role `log_reader`, which has no tools.
 */
export const readRun: Tool<z.infer<typeof inputSchema>> = {
  name: 'read_run',
  description:
    'One run: its status and error with code, place and faults; each step with status, rows and error; checks; findings and risk of its proposal; decisions; and the goal it ran, literals and descriptions left out. Use it to find out why a run failed.',
  input: inputSchema,
  async run({ run }, ctx) {
    ctx.heartbeat();
    const row = await oneRun(ctx, run);
    const { artifacts, record } = ctx.services.store;
    const [bundle, proposal, decisions] = await Promise.all([
      artifacts.getJson<Bundle>(row.bundle).catch(() => undefined),
      row.proposal === null ? undefined : artifacts.getJson<Proposal>(row.proposal).catch(() => undefined),
      record.decisions(row.runId),
    ]);
    const content = {
      ...head(row),
      steps: row.document?.steps.map(stepAsData) ?? [],
      checks:
        row.document?.checks.slice(0, 50).map(({ name, ok, severity, message }) => ({
          name: pathAsData(name),
          ok,
          severity,
          message: messageAsData(message),
        })) ?? [],
      changes: proposal?.changes.map(changeAsData) ?? [],
      ...(proposal
        ? {
            rehearsal: {
              status: proposal.rehearsal.status,
              gaps: proposal.rehearsal.gaps.slice(0, 10).map(messageAsData),
            },
          }
        : {}),
      decisions: decisions.map(({ verdict, accepted, reason, at }) => ({
        verdict,
        accepted,
        ...(reason ? { refused: reason } : {}),
        at: at.toISOString(),
      })),
      ...(bundle
        ? {
            goal_document: await maskedDocument(bundle.goal),
            files: Object.keys(bundle.files).map((path) => pathAsData(path)),
          }
        : {}),
    };
    return { content: fitting(content) };
  },
};

async function oneRun(ctx: ToolContext, id: string): Promise<RunRow> {
  const found = await ctx.services.store.runs.find(id);
  if (found.length === 1) return found[0]!;
  throw fail(
    'not_found',
    found.length === 0 ? 'There is no run of that id.' : `${found.length} runs begin like that.`,
    {
      next: 'list_runs has their ids.',
    },
  );
}

function head(row: RunRow): object {
  const document: RunDocument | null = row.document;
  return {
    run: nameAsData(row.runId, 120),
    goal: nameAsData(row.goal),
    mode: row.mode,
    status: row.status,
    started: row.startedAt.toISOString(),
    updated: row.updatedAt.toISOString(),
    ...(document?.error ? { error: problemAsData(document.error) } : {}),
    ...(document?.nothingNew ? { nothing_new: true } : {}),
  };
}

function stepAsData({ id, kind, status, rows, error }: RunDocument['steps'][number]): object {
  return { step: id, kind, status, rows, ...(error ? { error: problemAsData(error) } : {}) };
}

function changeAsData(change: Proposal['changes'][number]): object {
  const { step, kind, risk, noop, reads, writes, lossy, findings, estimate } = change;
  return {
    ...{ step, kind, risk },
    ...(noop ? { nothing_to_do: true } : {}),
    reads: reads.map((name) => nameAsData(name, 130)),
    writes: writes.map((name) => nameAsData(name, 130)),
    lossy: lossy.length,
    findings: findings.slice(0, 20).map(({ severity, rule, place }) => ({
      severity,
      rule,
      ...(place ? { place: pathAsData(place) } : {}),
    })),
    ...(estimate.rows === undefined ? {} : { estimated_rows: estimate.rows }),
  };
}
