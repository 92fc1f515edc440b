import { tuningOf } from '../../workers/tuning';

describe('what a worker process serves', () => {
  it('is everything, unversioned, when its environment says nothing', () => {
    const { weights, deployment } = tuningOf({});
    expect(weights).toEqual(['light', 'heavy', 'llm']);
    expect(deployment).toBeUndefined();
  });

  it('is what SLUICE_QUEUES names, with the limits that are given', () => {
    const tuning = tuningOf({
      SLUICE_QUEUES: 'llm, heavy',
      SLUICE_MAX_HEAVY: '3',
      SLUICE_MAX_CACHED_RUNS: '2000',
    });
    expect(tuning).toMatchObject({
      weights: ['heavy', 'llm'],
      limits: { heavy: 3 },
      maxCachedWorkflows: 2000,
    });
  });

  it('belongs to the deployment that is named, as the build it was made of', () => {
    expect(tuningOf({ SLUICE_DEPLOYMENT: 'etl', SLUICE_BUILD_ID: 'b1' }).deployment).toMatchObject({
      version: { deploymentName: 'etl', buildId: 'b1' },
      useWorkerVersioning: true,
    });
    expect(tuningOf({ SLUICE_DEPLOYMENT: '1' }).deployment?.version.deploymentName).toBe('sluice');
  });

  it.each([
    ['SLUICE_QUEUES', 'light,heavi'],
    ['SLUICE_MAX_HEAVY', '0'],
    ['SLUICE_MAX_LIGHT', 'many'],
    ['SLUICE_MAX_CACHED_RUNS', '-1'],
    ['SLUICE_DEPLOYMENT', 'a.b'],
  ])('is refused when %s is %s', (name, value) => {
    expect(() => tuningOf({ [name]: value })).toThrow(
      expect.objectContaining({ code: 'usage', problem: expect.objectContaining({ place: name }) }),
    );
  });
});
