'use strict';
/** Lets this process load TypeScript sources as they are, transpiled as jest does. For benches, and for
 * the help of a clone that was never built; never for what the product does. */
const Module = require('node:module');
const { transformFileSync } = require('@swc/core');

process.setSourceMapsEnabled(true);
Module._extensions['.ts'] = (module, file) => {
  const { code } = transformFileSync(file, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022', keepClassNames: true },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  });
  module._compile(code, file);
};
