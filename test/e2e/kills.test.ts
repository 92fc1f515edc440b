import { difference, prepareReference, runUnderFire } from './kills';
import { seeded, seedOf } from './random';
import { testStack, type TestStack } from './stack';

jest.setTimeout(600_000);

const ROUNDS = 7;
const KILLS_PER_ROUND = 3;

describe('invariant 1: exactly once', () => {
  let stack: TestStack;
  let expected: number;

  beforeAll(async () => {
    stack = await testStack();
    expected = await prepareReference(stack, 8);
  });
  afterAll(() => stack?.close());

  it('a load under SIGKILL of the worker, the Temporal server and PostgreSQL at random instants equals its source', async () => {
    const seed = seedOf();
    console.info(`SLUICE_SEED=${seed}`);
    const random = seeded(seed);
    const killed: string[] = [];
    for (let round = 0; killed.length < ROUNDS * KILLS_PER_ROUND; round++) {
      const name = `round${round}`;
      const result = await runUnderFire(stack, name, KILLS_PER_ROUND, random);
      killed.push(...result.killed);
      expect(result.document).toMatchObject({ status: 'succeeded' });
      expect(await difference(stack, name, expected)).toEqual({
        surplus: 0,
        doubled: 0,
        strange: 0,
        lost: 0,
        model: 0,
      });
      await stack.query(`drop schema ${name} cascade`);
    }
    console.info(`killed: ${killed.join(' ')}`);
    expect(killed.length).toBeGreaterThanOrEqual(20);
    expect(new Set(killed).size).toBe(3);
  });
});
