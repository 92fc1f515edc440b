/** `npm test`: everything that is needed, then every test. Arguments go to jest: `npm test -- test/sql`. */
import { jest } from './lib/jest.mjs';
import { main } from './lib/prepare.mjs';
import { setup } from './setup.mjs';

main(async () => {
  await setup();
  await jest(process.argv.slice(2));
});
