import tseslint from 'typescript-eslint';

const NODE_BUILTINS = [
  'node:*',
  'fs',
  'path',
  'crypto',
  'os',
  'child_process',
  'net',
  'http',
  'stream',
  'timers',
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.sluice/', '.cache/', 'coverage/', 'examples/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // A promise nobody waits for is work that is lost when the process stops, and an error that nobody sees.
      // A Write of the store is no promise, and is written when it is awaited: one that is dropped would be lost.
      '@typescript-eslint/no-floating-promises': ['error', { checkThenables: true }],
      '@typescript-eslint/no-misused-promises': 'error',
      // What is imported as a type vanishes from the compiled code: workflows depend on it.
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/require-await': 'off',
      // Bit sets: a column's classes are a number, each class one of its bits.
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true, allowRethrowing: true }],
      eqeqeq: ['error', 'always'],
      'max-lines': ['error', 300],
    },
  },
  {
    // Deterministic, and small: zod alone triples the memory of a cached workflow.
    files: ['workflows/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['zod', 'zod/*'], message: 'Workflows are bundled without zod.' },
            { group: NODE_BUILTINS, message: 'Workflows do no I/O.' },
            {
              group: ['**/activities', '**/activities/**'],
              allowTypeImports: true,
              message: 'Import activities as types only: `import type`.',
            },
          ],
        },
      ],
    },
  },
  {
    // Every failure a person can meet has a code, what is true now, and what to do next.
    files: [
      '{activities,capabilities,client,governance,lineage,runtime,sources,sql,store,warehouses,workflows}/**/*.ts',
    ],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "ThrowStatement > NewExpression[callee.name='Error']",
          message: 'Throw `fail(code, message, { next })` from schemas/errors.ts.',
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Answers of JSON.parse and of queries are asserted on, not programmed against.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'max-lines': 'off',
    },
  },
);
