/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/dist/', '<rootDir>/test/soak/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.sluice/'],
  transform: {
    'otlp-exporter-base/.+\\.js$': ['@swc/jest', { module: { type: 'commonjs' } }],
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022', keepClassNames: true },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
    // An ES module only: jest's own loader takes it as what it is not.
    '/node_modules/jose/.+\\.js$': ['@swc/jest', { module: { type: 'commonjs' } }],
  },
  // Loads node:http by import(), which jest's modules cannot do: as require() it is the same code.
  transformIgnorePatterns: ['/node_modules/(?!@opentelemetry/otlp-exporter-base/)', '\\.pnp\\.[^\\/]+$'],
  transformIgnorePatterns: ['/node_modules/(?!jose/)'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  reporters: ['default', '<rootDir>/test/support/summary-reporter.cjs'],
  // On a busy machine of two cores a database is cloned in half a second and a workflow takes a few.
  testTimeout: 30_000,
  maxWorkers: 2,
};
