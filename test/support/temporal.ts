import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

export interface TestTemporal {
  address: string;
  namespace: string;
}

/**
 * The Temporal server that all tests of this run share, with the product's flags and search attributes; it starts when
 * the first test asks. Use a task queue and workflow ids of your own.
 */
export async function testTemporal(): Promise<TestTemporal> {
  const socket = process.env.SLUICE_TEST_TEMPORAL_BROKER;
  if (!socket) throw new Error('SLUICE_TEST_TEMPORAL_BROKER is not set: run tests with jest.');
  const answer = JSON.parse(await text(connect(socket))) as TestTemporal | { error: string };
  if ('error' in answer) throw new Error(`The test Temporal server did not start: ${answer.error}`);
  return answer;
}
