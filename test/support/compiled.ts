import { transformFileSync } from '@swc/core';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');
/** What the supervisor is made of. */
const LAYERS = ['runtime', 'schemas'];

/**
 * A compiled module of the runtime, for what must run in a process of its own: from the sources as they are now, as
 * jest compiles them, so that one test file needs no build of the whole.
 */
export function compiledRuntime(file: string): string {
  const sources = LAYERS.flatMap((layer) =>
    readdirSync(path.join(root, layer), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => path.join(layer, name)),
  );
  const hash = createHash('sha256');
  for (const source of sources.sort()) hash.update(source).update(readFileSync(path.join(root, source)));
  const cache = path.join(root, '.cache', 'test-runtime');
  const directory = path.join(cache, hash.digest('hex').slice(0, 16));
  if (!existsSync(directory)) {
    rmSync(cache, { recursive: true, force: true }); // of sources that have changed since
    compile(sources, directory);
  }
  return path.join(directory, file);
}

function compile(sources: string[], directory: string): void {
  const temporary = `${directory}.${process.pid}`;
  for (const source of sources) {
    const to = path.join(temporary, source.replace(/\.ts$/, '.js'));
    mkdirSync(path.dirname(to), { recursive: true });
    const options = {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
    } as const;
    writeFileSync(to, transformFileSync(path.join(root, source), options).code);
  }
  try {
    renameSync(temporary, directory);
  } catch (error) {
    if (!existsSync(directory)) throw error; // else another test file was first
    rmSync(temporary, { recursive: true, force: true });
  }
}
