/** `npm run test:soak`: the tests that take long on purpose (kills at random instants, by the hundred). */
import { jest } from './lib/jest.mjs';
import { main } from './lib/prepare.mjs';
import { setup } from './setup.mjs';

const MINUTE_MS = 60_000;

main(async () => {
  await setup();
  await jest([
    ...['--testPathIgnorePatterns', '/node_modules/', '<rootDir>/dist/'],
    ...['--testMatch', '<rootDir>/test/soak/**/*.test.ts'],
    ...['--testTimeout', String(30 * MINUTE_MS)],
    '--runInBand',
    ...process.argv.slice(2),
  ]);
});
