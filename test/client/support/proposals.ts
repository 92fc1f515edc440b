import type { ChangeSummary, Gate, PlanDocument, RunDocument } from '../../../schemas/run';

/** Values for tests of what is shown; each is the smallest that is whole. */
export function change(over: Partial<ChangeSummary> = {}): ChangeSummary {
  return {
    id: 'run.flights.1',
    step: 'flights',
    kind: 'ingest',
    title: 'append 31 files into raw.flights',
    risk: 'additive',
    noop: false,
    routine: true,
    lossy: [],
    reads: [],
    writes: ['raw.flights'],
    apply: 'create table "raw"."flights" ("year" bigint);',
    undo: 'drop table "raw"."flights";',
    findings: [],
    estimate: { rows: 27_004, bytes: 2_600_000, seconds: 1.2 },
    ...over,
  };
}

export const gate = (over: Partial<Gate> = {}): Gate => ({
  name: 'approval',
  approvers: 1,
  reason: 'adds or refreshes data with an exact undo; one person must approve',
  confirm: [],
  localOverride: true,
  deadlineMs: 7 * 86_400_000,
  ...over,
});

export const DIGEST = '3f2a91c4'.repeat(8);

export function plan(over: Partial<PlanDocument> = {}): PlanDocument {
  return {
    goal: 'flights-daily',
    runId: 'flights-daily-20130131-abcdef',
    status: 'waiting',
    digest: DIGEST,
    changes: [change()],
    gates: [gate()],
    rehearsal: {
      status: 'proven',
      undoProven: true,
      checks: [{ name: 'flights: rows', ok: true, severity: 'error', message: '1000 of 1000' }],
      covers: ['structure and owners', 'raw.flights: 1000 rows'],
      gaps: [],
    },
    ...over,
  };
}

export function run(over: Partial<RunDocument> = {}): RunDocument {
  return {
    goal: 'flights-daily',
    runId: 'flights-daily-20130131-abcdef',
    workflowId: 'flights-daily-20130131-abcdef',
    status: 'succeeded',
    digest: DIGEST,
    steps: [
      {
        id: 'flights',
        kind: 'ingest',
        status: 'applied',
        title: 'append 31 files into raw.flights',
        rows: { read: 27_007, inserted: 27_004, updated: 0, deleted: 0, quarantined: 3 },
      },
    ],
    checks: [{ name: 'flights: rows', ok: true, severity: 'error', message: '27004 of 27004' }],
    ...over,
  };
}
