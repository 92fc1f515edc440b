'use strict';
/** One bench in a process of its own, so that none inherits another's memory: `run-bench.cjs FILE RESULT`. */
const { writeFileSync } = require('node:fs');
require('./typescript-hook.cjs');

const [file, result] = process.argv.slice(2);
require(file)
  .run()
  .then((rows) => {
    writeFileSync(result, JSON.stringify(rows));
    process.exit(0); // a server or a pool that a bench forgot must not keep everybody waiting
  })
  .catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  });
