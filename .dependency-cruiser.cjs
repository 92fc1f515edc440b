// The house: arrows point downward only. `npm run layers` checks it; test/layering.test.ts checks that it does.

/** What each layer may import, besides itself. Types count as imports, unless a rule below says otherwise. */
const MAY_IMPORT = {
  schemas: [],
  sql: ['schemas'],
  lineage: ['sql', 'schemas'],
  runtime: ['schemas'],
  governance: ['sql', 'schemas', 'sources', 'store', 'warehouses'],
  sources: ['sql', 'schemas', 'governance', 'store', 'warehouses'],
  llm: ['sql', 'schemas', 'governance', 'store', 'warehouses'],
  store: ['lineage', 'sql', 'schemas', 'governance', 'sources', 'warehouses'],
  warehouses: ['sql', 'schemas', 'governance', 'sources', 'store'],
  capabilities: ['governance', 'lineage', 'sources', 'store', 'warehouses', 'sql', 'schemas'],
  activities: [
    'capabilities',
    'governance',
    'lineage',
    'llm',
    'sources',
    'store',
    'warehouses',
    'sql',
    'schemas',
  ],
  workflows: ['activities', 'schemas'],
};
const UPPER = ['client', 'workers'];
const LAYERS = [...UPPER, ...Object.keys(MAY_IMPORT)];

const below = Object.entries(MAY_IMPORT).map(([layer, others]) => ({
  name: `arrows-${layer}`,
  comment: `${layer}/ may import ${others.length > 0 ? others.map((other) => `${other}/`).join(', ') : 'no other layer'}.`,
  severity: 'error',
  from: { path: `^${layer}/` },
  to: { path: `^(${LAYERS.filter((other) => other !== layer && !others.includes(other)).join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...below,
    {
      name: 'arrows-workers',
      comment: 'workers/ may import everything but client/.',
      severity: 'error',
      from: { path: '^workers/' },
      to: { path: '^client/' },
    },
    {
      name: 'workflows-import-activities-as-types',
      comment: 'The code of an activity in the workflow bundle is I/O in a workflow.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: '^activities/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'workflows-without-zod',
      comment:
        'Files of schemas/ that use zod are for types only: zod triples the memory of a cached workflow.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: {
        path: [
          '^schemas/(goal|config|llm|secret-ref|schedule|policy|classification|faults)\\.ts$',
          'node_modules/zod',
        ],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'workflows-without-node',
      comment: 'A workflow is replayed: no I/O, no clock, no randomness but what Temporal gives.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'sql-is-pure',
      comment: 'sql/ and lineage/ compute; what they need from outside, they are given.',
      severity: 'error',
      from: { path: '^(sql|lineage)/' },
      to: { path: ['^(node:)?(fs|net|http|https|child_process|dgram|tls)(/|$)', 'node_modules/pg/'] },
    },
    {
      name: 'schemas-import-zod-only',
      comment: 'The words are at the bottom: they know nothing.',
      severity: 'error',
      from: { path: '^schemas/' },
      to: { pathNot: ['^schemas/', '/zod(/|$)', '^zod$'] },
    },
    {
      name: 'no-circular',
      comment: 'Two files that need each other are one, or lack a third.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unresolvable',
      comment: 'Every import leads somewhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: `${__dirname}/tsconfig.json` },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json', '.cjs'] },
  },
};
