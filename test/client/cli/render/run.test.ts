import { renderDecisions } from '../../../../client/cli/render/decisions';
import { renderProblem } from '../../../../client/cli/render/problem';
import { renderRun } from '../../../../client/cli/render/run';
import { localMoment } from '../../../../client/cli/render/numbers';
import { renderRuns } from '../../../../client/cli/render/runs-table';
import { PLAIN } from '../../../../client/cli/render/style';
import { run } from '../../support/proposals';

const first = (text: string): string => text.split('\n')[0]!;

describe('a run, as a person reads it', () => {
  it('has its verdict, its steps with their rows, its checks and what can be done now', () => {
    const hints = [
      { label: 'where', text: 'raw.flights' },
      { label: 'undo', text: 'sluice undo flights-daily-20130131-abcdef' },
    ];
    expect(renderRun(run(), { tookSeconds: 3.44, hints }, PLAIN)).toBe(`flights-daily succeeded (3.4 s)

  ✓ flights  applied  27,004 inserted, 3 quarantined  append 31 files into raw.flights

            ✓ 1 check passed
  where     raw.flights
  undo      sluice undo flights-daily-20130131-abcdef
  run       flights-daily-20130131-abcdef`);
  });

  it('with nothing to do says that there was nothing new', () => {
    const step = { ...run().steps[0]!, status: 'skipped' as const, title: 'nothing new in the files' };
    expect(first(renderRun(run({ steps: [step] }), { nothingNew: true }, PLAIN))).toBe(
      'flights-daily succeeded: nothing new was found, nothing was changed',
    );
  });

  it('that failed says whether anything of it stays', () => {
    const [step] = run().steps;
    const undone = { ...step!, status: 'undone' as const };
    expect(first(renderRun(run({ status: 'rolled_back', steps: [undone] }), {}, PLAIN))).toContain(
      'nothing of it stays',
    );
    const kept = run({ status: 'rolled_back', steps: [step!, { ...undone, id: 'daily' }] });
    expect(first(renderRun(kept, {}, PLAIN))).toContain('1 of 2 steps stay');
  });

  it('that waits says until when', () => {
    const text = renderRun(run({ status: 'waiting', expiresAt: '2013-02-07T06:00:00.000Z' }), {}, PLAIN);
    expect(text).toContain('until     2013-02-07 06:00 UTC');
  });
});

describe('a problem, as a person reads it', () => {
  it('has every fault with its place on a line of its own, what is true and what to do', () => {
    const text = renderProblem(
      {
        code: 'invalid_goal',
        message: 'The goal document has 2 faults.',
        state: 'Nothing was changed.',
        next: 'Correct it.',
        place: 'goal.yaml:3:1',
        faults: [
          { path: 'ownr', message: 'unknown key', place: 'goal.yaml:3:1' },
          { path: 'steps[0].needs[0]', message: 'there is no step "b"', place: 'goal.yaml:12:13' },
        ],
      },
      PLAIN,
    );
    expect(text).toBe(`✗ invalid_goal
  The goal document has 2 faults.
    goal.yaml:3:1    ownr: unknown key
    goal.yaml:12:13  steps[0].needs[0]: there is no step "b"
  now       Nothing was changed.
  next      Correct it.`);
  });

  it('names the step and the place that are to blame', () => {
    const problem = {
      code: 'source_invalid' as const,
      message: 'm.',
      state: 's.',
      next: 'n.',
      step: 'flights',
      place: 'a.csv:12:3',
    };
    expect(first(renderProblem(problem, PLAIN))).toBe('✗ source_invalid (step flights, a.csv:12:3)');
  });
});

describe('a list of runs', () => {
  it('has one line each, without lines around it', () => {
    const text = renderRuns(
      [
        {
          runId: 'g-20130131-abcdef',
          goal: 'g',
          workflowId: 'w',
          mode: 'apply',
          status: 'waiting',
          startedBy: 'ann',
          startedAt: '2013-01-31T06:00:00.000Z',
          updatedAt: '2013-01-31T06:00:01.000Z',
        },
      ],
      PLAIN,
    );
    const started = localMoment('2013-01-31T06:00:00.000Z');
    expect(text).toBe(`RUN                STATUS   MODE   ${'STARTED'.padEnd(started.length)}  TOOK  BY
g-20130131-abcdef  waiting  apply  ${started}        ann`);
  });

  it('says of one that had applied nothing that it failed or was cancelled, not that anything was taken back', () => {
    const ended = (runId: string, mode: string, status: 'rolled_back' | 'undone', nothingApplied?: true) => ({
      ...{ runId, goal: 'g', workflowId: runId, mode, status, startedBy: 'ann', seconds: 75 },
      ...{ startedAt: '2013-01-31T06:00:00.000Z', updatedAt: '2013-01-31T06:01:15.000Z' },
      ...(nothingApplied ? { nothingApplied } : {}),
    });
    const text = renderRuns(
      [
        ended('a', 'plan', 'rolled_back', true),
        ended('b', 'apply', 'rolled_back', true),
        ended('c', 'apply', 'undone', true),
        ended('d', 'apply', 'undone'),
      ],
      PLAIN,
    );
    const words = text
      .split('\n')
      .slice(1)
      .map((line) => line.split(/ {2,}/)[1]);
    expect(words).toEqual(['plan failed', 'failed', 'cancelled', 'undone']);
    expect(text).toContain('1 min 15 s');
  });

  it('that is empty says so', () => {
    expect(renderRuns([], PLAIN)).toBe('No runs.');
  });
});

describe('decisions', () => {
  it('are shown with those that did not count', () => {
    const at = new Date('2013-01-31T06:00:00Z');
    const base = { verdict: 'approve', comment: null, via: 'cli', verified: false, method: null, at };
    const verified = { verified: true, method: 'oidc' };
    const text = renderDecisions(
      [
        { ...base, decidedBy: '', accepted: false, reason: 'decision_unidentified', via: 'signal' },
        { ...base, decidedBy: 'ann', accepted: true, reason: null, comment: 'looks right' },
        { ...base, ...verified, decidedBy: 'bob', accepted: true, reason: null },
      ],
      PLAIN,
    );
    expect(text)
      .toBe(`  2013-01-31 06:00 UTC  not counted (decision_unidentified): approve by nobody via signal, unverified
  2013-01-31 06:00 UTC  approved by ann via cli, unverified: looks right
  2013-01-31 06:00 UTC  approved by bob via cli, verified by OIDC`);
  });
});
