/** `npm run test:full`: every test with its properties tried at length, and more suites on PostgreSQL 14 to 17. */
import { jest } from './lib/jest.mjs';
import { ensureOlderPostgres, olderMajors } from './lib/older-postgres.mjs';
import { main } from './lib/prepare.mjs';
import { setup } from './setup.mjs';

main(async () => {
  await setup();
  await ensureOlderPostgres();
  process.env.SLUICE_CHECK = 'full';
  process.env.SLUICE_TEST_MAJORS ??= olderMajors().join(',');
  await jest(process.argv.slice(2));
});
