/**
 * `npm test`: everything that is needed, then every test, and some suites again on PostgreSQL 15. Arguments go to jest:
 * `npm test -- test/sql`; then only on the majors that SLUICE_TEST_MAJORS names.
 */
import { jest } from './lib/jest.mjs';
import { ensureOlderPostgres, olderMajors } from './lib/older-postgres.mjs';
import { main } from './lib/prepare.mjs';
import { setup } from './setup.mjs';

main(async () => {
  await setup();
  const args = process.argv.slice(2);
  if (args.length === 0 || process.env.SLUICE_TEST_MAJORS) await ensureOlderPostgres();
  if (args.length === 0) process.env.SLUICE_TEST_MAJORS ??= olderMajors().includes(15) ? '15' : '';
  await jest(args);
});
