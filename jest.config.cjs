/**
 * Majors of PostgreSQL besides the embedded one on which the suites of loads, undo, models and fingerprints run again:
 * one project each. `npm test` says 15, `npm run test:full` 14 to 17.
 */
const majors = (process.env.SLUICE_TEST_MAJORS ?? '').split(',').filter(Boolean);
const ON_EVERY_MAJOR = [
  'capabilities/ingest/{append,merge,replace}',
  'capabilities/model/{build,publish}',
  'capabilities/sql/{undo,undo-readers,loads,older-servers}',
  'warehouses/{fingerprint,simulated}',
  ...(process.env.SLUICE_CHECK === 'full'
    ? [
        'activities/engine/{bystanders,exactly-once,undo.property}',
        'capabilities/ingest/{partitioned,quarantine}',
        'capabilities/sql/{partitions,refusals,sequences,undo-kept,undo-refused}',
        'retention/{erase,sweep}',
        'warehouses/{clone,shadow}',
      ]
    : []),
].map((suites) => `<rootDir>/test/${suites}.test.ts`);

/** @type {import('jest').Config} */
const base = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/dist/', '<rootDir>/test/soak/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.sluice/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022', keepClassNames: true },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
    // What jest's own modules cannot load: jose is an ES module only, the exporter loads node:http by import().
    '/node_modules/(jose|@opentelemetry/otlp-exporter-base)/.+\\.js$': [
      '@swc/jest',
      { module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!(jose|@opentelemetry/otlp-exporter-base)/)'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
};

/** @type {import('jest').Config} */
const run = {
  reporters: ['default', '<rootDir>/test/support/summary-reporter.cjs'],
  // On a busy machine of two cores a database is cloned in half a second and a workflow takes a few.
  testTimeout: 30_000,
  maxWorkers: 2,
};

module.exports =
  majors.length === 0
    ? { ...base, ...run }
    : {
        ...run,
        projects: [
          base,
          ...majors.map((major) => ({
            ...base,
            displayName: `PostgreSQL ${major}`,
            testMatch: ON_EVERY_MAJOR,
            globals: { SLUICE_TEST_MAJOR: Number(major) },
          })),
        ],
      };
