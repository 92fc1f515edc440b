/** Compiles the sources to dist/ and bundles the workflows. Does only what has changed. */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import fresh from './lib/fresh.cjs';
import { main, run, say } from './lib/prepare.mjs';

const { root, dist, buildFile, sourceFiles, glance, readBuild } = fresh;
const require = createRequire(import.meta.url);
const BUNDLE = path.join(dist, 'workflow-bundle.js');

main(async () => {
  const started = Date.now();
  const files = sourceFiles();
  const seen = glance(files); // before reading: what changes while we build is built again the next time
  const id = digest(files);
  const last = readBuild();
  if (last?.id !== id) await compile(files);
  const entry = path.join(dist, 'workflows', 'index.js');
  const interceptors = path.join(dist, 'workflows', 'interceptors.js');
  const failures = path.join(dist, 'workflows', 'failure-converter.js');
  const workflows = existsSync(entry) ? digestOf(reachable(entry, interceptors, failures)) : undefined;
  if (workflows && (workflows !== last?.workflows || !existsSync(BUNDLE)))
    await bundle(entry, interceptors, failures);
  writeFileSync(buildFile, JSON.stringify({ id, glance: seen, workflows }, undefined, 2));
  if (last?.id !== id) say(`built in ${((Date.now() - started) / 1000).toFixed(1)} s`);
});

function digest(files) {
  return digestOf(files.map((file) => path.join(root, file)));
}

function digestOf(files) {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${path.relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex');
}

async function compile(files) {
  rmSync(buildFile, { force: true }); // a build that fails half way must not pass for a whole one
  prune(new Set(files));
  const tsc = require.resolve('typescript/bin/tsc');
  await run(process.execPath, [tsc, '-p', 'tsconfig.build.json']);
  for (const file of files) {
    if (file.endsWith('.ts') || !file.includes('/')) continue;
    mkdirSync(path.dirname(path.join(dist, file)), { recursive: true });
    copyFileSync(path.join(root, file), path.join(dist, file));
  }
}

/** Removes what was compiled from sources that are gone: a deleted module must not be imported any longer. */
function prune(files) {
  const walk = (directory) => {
    if (!existsSync(path.join(dist, directory))) return;
    for (const entry of readdirSync(path.join(dist, directory), { withFileTypes: true })) {
      const file = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory()) walk(file);
      else if (directory !== '' && !files.has(file) && !files.has(file.replace(/\.js(\.map)?$/, '.ts'))) {
        rmSync(path.join(dist, file));
        rmSync(path.join(dist, '.tsbuildinfo'), { force: true }); // it believes that the file is there
      }
    }
  };
  walk('');
}

/** The modules of ours that the compiled workflows load. Imports of types are gone from compiled code. */
function reachable(...entries) {
  const found = new Set();
  const visit = (file) => {
    if (found.has(file)) return;
    found.add(file);
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/\brequire\("(\.[^"]+)"\)/g)) {
      visit(createRequire(file).resolve(name));
    }
  };
  entries.forEach(visit);
  return [...found, path.join(root, 'package-lock.json')].sort();
}

async function bundle(entry, interceptors, failures) {
  const { bundleWorkflowCode } = require('@temporalio/worker');
  const quiet = {
    trace() {},
    debug() {},
    info() {},
    warn: (text) => say(text),
    error: (text) => say(text),
    log() {},
  };
  const { code } = await bundleWorkflowCode({
    workflowsPath: entry,
    workflowInterceptorModules: [interceptors],
    failureConverterPath: failures,
    logger: quiet,
  });
  writeFileSync(BUNDLE, code);
}
