import { difference, prepareReference, runUnderFire } from '../e2e/kills';
import { seeded, seedOf } from '../e2e/random';
import { testStack, type TestStack } from '../e2e/stack';

const MINUTES = Number(process.env.SLUICE_SOAK_MINUTES ?? 15);

jest.setTimeout((MINUTES + 15) * 60_000);

describe('a soak', () => {
  let stack: TestStack;
  afterAll(() => stack?.close());

  it(`of ${MINUTES} minutes under SIGKILL ends with targets equal to sources, and every run taken back without a trace`, async () => {
    stack = await testStack();
    const seed = seedOf();
    console.info(`SLUICE_SEED=${seed}`);
    const random = seeded(seed);
    const expected = await prepareReference(stack, 8);
    const killed: Record<string, number> = {};
    const end = Date.now() + MINUTES * 60_000;
    for (let round = 0; Date.now() < end; round++) {
      const name = `soak${round}`;
      const result = await runUnderFire(stack, name, 1 + Math.floor(random() * 4), random);
      for (const part of result.killed) killed[part] = (killed[part] ?? 0) + 1;
      expect(await difference(stack, name, expected)).toEqual({
        surplus: 0,
        doubled: 0,
        strange: 0,
        lost: 0,
        model: 0,
      });
      const undone = await stack.sluice('undo', result.document.runId, '--json');
      expect({ code: undone.code, status: undone.json.status }).toEqual({ code: 0, status: 'undone' });
      expect(await stack.query('select from pg_namespace where nspname = $1', [name])).toEqual([]);
    }
    console.info(JSON.stringify(killed));
  });
});
