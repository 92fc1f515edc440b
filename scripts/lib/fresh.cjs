'use strict';
/**
 * Whether the installed dependencies and the build are those of the sources. Runs before everything else, at every
 * call of bin/sluice: only Node itself, no promises, a few milliseconds.
 */
const { createHash } = require('node:crypto');
const { existsSync, readFileSync, readdirSync, statSync } = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '../..');
const dist = path.join(root, 'dist');
const buildFile = path.join(dist, 'build.json');

/** Top-level directories whose code is compiled to dist. */
const SOURCES = [
  ...[
    'activities',
    'capabilities',
    'client',
    'governance',
    'lineage',
    'llm',
    'runtime',
    'schemas',
    'sources',
  ],
  ...['sql', 'store', 'warehouses', 'workers', 'workflows'],
];
const SETTINGS = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

/** Every file that a build depends on, relative to the root, sorted. */
function sourceFiles() {
  const files = SETTINGS.filter((file) => existsSync(path.join(root, file)));
  const walk = (directory) => {
    for (const entry of readdirSync(path.join(root, directory), { withFileTypes: true })) {
      const file = `${directory}/${entry.name}`;
      if (entry.isDirectory()) walk(file);
      else if (entry.isFile() && !entry.name.endsWith('.md')) files.push(file);
    }
  };
  for (const directory of SOURCES) if (existsSync(path.join(root, directory))) walk(directory);
  return files.sort();
}

/** Sizes and times of the sources: cheap to take, changes at least whenever they do. */
function glance(files = sourceFiles()) {
  const hash = createHash('sha256');
  for (const file of files) {
    const { size, mtimeMs } = statSync(path.join(root, file));
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function readBuild() {
  try {
    return JSON.parse(readFileSync(buildFile, 'utf8'));
  } catch {
    return undefined;
  }
}

/** An installed package has its build but no sources to compare it with. */
const isClone = () => existsSync(path.join(root, 'tsconfig.build.json'));

const isBuilt = () => !isClone() || readBuild()?.glance === glance();

/** What npm installed, by its own record, against what the lock file asks for on this platform. */
function isInstalled() {
  if (!isClone()) return true;
  const record = path.join(root, 'node_modules', '.package-lock.json');
  const lock = path.join(root, 'package-lock.json');
  if (!existsSync(record)) return false;
  if (statSync(record).mtimeMs >= statSync(lock).mtimeMs) return true;
  const packages = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const [have, want] = [packages(record), packages(lock)];
  return Object.entries(want).every(
    ([name, { version, optional }]) =>
      name === '' || have[name]?.version === version || (optional && !have[name]),
  );
}

module.exports = { root, dist, buildFile, sourceFiles, glance, readBuild, isBuilt, isInstalled };
