import { ERROR_CODES, fail } from '../../schemas/errors';

describe('the closed set of error codes', () => {
  it('maps every code to an exit code of the contract and an HTTP error status', () => {
    for (const { exit, http } of Object.values(ERROR_CODES)) {
      expect([1, 2, 3, 4, 5, 6]).toContain(exit);
      expect(http).toBeGreaterThanOrEqual(400);
      expect(http).toBeLessThan(600);
    }
  });

  it('says what was attempted, what is true now and what to do next', () => {
    expect(fail('not_found', 'There is no run x.', { next: 'List the runs.' }).problem).toEqual({
      code: 'not_found',
      message: 'There is no run x.',
      state: 'Nothing was changed.',
      next: 'List the runs.',
    });
  });
});
