import { assertUnderstood, BUNDLE_FORMAT } from '../../activities/outdated';
import type { Bundle } from '../../activities/services';
import { registry } from '../../capabilities/registry';
import { ERROR_CODES } from '../../schemas/errors';

const bundle = (kind: string, format?: number) =>
  ({ goal: { goal: 'g', steps: [{ id: 'a', kind }] }, ...(format ? { format } : {}) }) as unknown as Bundle;

describe('a worker of the last version that meets a run of the next one', () => {
  it.each([
    ['a kind of step it does not know', bundle('teleport')],
    ['a bundle in a form it does not read', bundle('sql', BUNDLE_FORMAT + 1)],
  ])('says so for %s, and leaves the run to others', (_what, unknown) => {
    expect(() => assertUnderstood(unknown, registry)).toThrow(
      expect.objectContaining({ code: 'worker_outdated' }),
    );
    expect(ERROR_CODES.worker_outdated.retryable).toBe(true);
  });

  it('takes up what it knows', () => {
    expect(() => assertUnderstood(bundle('sql'), registry)).not.toThrow();
    expect(() => assertUnderstood(bundle('sql', BUNDLE_FORMAT), registry)).not.toThrow();
  });
});
