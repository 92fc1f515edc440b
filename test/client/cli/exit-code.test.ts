import { exitCodeOf } from '../../../client/cli/exit-code';
import { ERROR_CODES, type ErrorCode } from '../../../schemas/errors';
import { RUN_STATUSES, type RunStatus } from '../../../schemas/run';

const problem = (code: ErrorCode) => ({ code, message: '', state: '', next: '' });

describe('the exit code of a run', () => {
  it.each<[RunStatus, number]>([
    ['succeeded', 0],
    ['planned', 0],
    ['undone', 0],
    ['waiting', 3],
    ['rejected', 4],
    ['expired', 4],
    ['held', 5],
    ['needs_operator', 5],
    ['planning', 0],
    ['rehearsing', 0],
    ['applying', 0],
  ])('that is %s is %d', (status, code) => {
    expect(exitCodeOf({ status })).toBe(code);
  });

  it.each<[RunStatus, ErrorCode, number]>([
    ['rolled_back', 'check_failed', 1],
    ['rolled_back', 'source_invalid', 2],
    ['rolled_back', 'service_unreachable', 6],
    ['stale', 'proposal_stale', 1],
    ['undone', 'cancelled', 1],
    ['succeeded', 'undo_refused', 1],
    ['waiting', 'decision_stale', 3],
  ])('that is %s with %s is %d', (status, code, exit) => {
    expect(exitCodeOf({ status, error: problem(code) })).toBe(exit);
  });

  it('is one of the contract for every status and every error', () => {
    for (const status of RUN_STATUSES) {
      for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
        expect([0, 1, 2, 3, 4, 5, 6]).toContain(exitCodeOf({ status, error: problem(code) }));
      }
    }
  });
});
