const { writeSync } = require('node:fs');

/** Makes the very last line of a test run its result in a form that people and programs read alike. */
module.exports = class SummaryReporter {
  onRunComplete(_contexts, results) {
    // A file that does not even load has no tests to fail: it counts as one.
    const broken = results.testResults.filter((file) => file.testExecError).length;
    const skipped = results.numPendingTests + results.numTodoTests;
    const parts = [`${results.numPassedTests} passed`, `${results.numFailedTests + broken} failed`];
    if (skipped > 0) parts.push(`${skipped} skipped`);
    // At exit, so that nothing that jest or its teardown prints comes after it.
    process.once('exit', () => writeSync(1, `${parts.join(', ')}\n`));
  }
};
