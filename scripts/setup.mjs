/** Makes everything ready that a fresh clone lacks: dependencies, build, PostgreSQL's links, the Temporal server. */
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt, ensureInstalled, main, root, say } from './lib/prepare.mjs';

export async function setup() {
  await ensureInstalled();
  await ensureBuilt();
  const require = createRequire(import.meta.url);
  const runtime = (name) => require(path.join(root, 'dist', 'runtime', name));
  const { hydrateLinks, packagedBinaries } = runtime('postgres/binaries.js');
  hydrateLinks(packagedBinaries());
  await runtime('temporal/install.js').ensureTemporal(say);
}

if (fileURLToPath(import.meta.url) === realpathSync(process.argv[1])) main(setup);
