import type { Bundle } from '../../../activities/services';
import { reloading } from '../../../client/cli/reloading';

const bundle = {
  goal: {
    steps: [
      { id: 'orders', kind: 'ingest', needs: [], input: { into: 'raw.orders' } },
      { id: 'sums', kind: 'model', needs: [], input: {} },
    ],
  },
} as unknown as Bundle;

describe('--reload', () => {
  it('has the named steps load their whole source, and leaves the others', () => {
    const { steps } = reloading(bundle, ['orders']).goal;
    expect(steps[0]!.input).toEqual({ into: 'raw.orders', reload: true });
    expect(steps[1]).toBe(bundle.goal.steps[1]);
  });

  it('refuses a step that loads nothing, naming those that do', () => {
    expect(() => reloading(bundle, ['sums'])).toThrow('no ingest step of that name');
    expect(reloading(bundle)).toBe(bundle);
  });
});
