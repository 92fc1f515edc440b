import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '..');

/** Checks a tree of made-up files by the house's rules; the names of the rules that are broken, and where. */
function check(files: Record<string, string>): string[] {
  const directory = mkdtempSync(path.join(tmpdir(), 'sluice-layers-'));
  try {
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
      writeFileSync(path.join(directory, file), content);
    }
    symlinkSync(path.join(root, 'node_modules'), path.join(directory, 'node_modules'));
    const folders = [...new Set(Object.keys(files).map((file) => file.split('/')[0]!))];
    const program = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const config = path.join(root, '.dependency-cruiser.cjs');
    const args = [program, '--config', config, '--output-type', 'json', ...folders];
    const run = spawnSync(process.execPath, args, {
      cwd: directory,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    const { summary } = JSON.parse(run.stdout) as {
      summary: { violations: { rule: { name: string }; from: string; to: string }[] };
    };
    return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`).sort();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const value = 'export const value = 1;\nexport type Value = number;\n';

describe('the rule for layers', () => {
  it('accepts imports along the arrows', () => {
    const violations = check({
      'client/a.ts': `import { value } from '../capabilities/a';\nexport const x = value;\n`,
      'capabilities/a.ts': `import { value } from '../sql/a';\nexport { value };\n`,
      'sql/a.ts': `import { value } from '../schemas/a';\nexport { value };\n`,
      'schemas/a.ts': `import { z } from 'zod';\nexport const value = z;\n`,
      'activities/a.ts': value,
      'workflows/a.ts': `import type { Value } from '../activities/a';\nexport const x: Value = 2;\n`,
    });
    expect(violations).toEqual([]);
  });

  it('refuses imports against the arrows', () => {
    const violations = check({
      'client/a.ts': value,
      'workers/a.ts': `import { value } from '../client/a';\nexport const x = value;\n`,
      'sql/a.ts': `import { value } from '../client/a';\nexport const x = value;\n`,
      'schemas/a.ts': `import { x } from '../sql/a';\nexport const y = x;\n`,
      'runtime/a.ts': `import type { Value } from '../capabilities/a';\nexport const x: Value = 2;\n`,
      'capabilities/a.ts': `${value}import { z } from '../workflows/a';\nexport const w = z;\n`,
      'workflows/a.ts': 'export const z = 1;\n',
    });
    expect(violations).toEqual([
      'arrows-capabilities: capabilities/a.ts -> workflows/a.ts',
      'arrows-runtime: runtime/a.ts -> capabilities/a.ts',
      'arrows-schemas: schemas/a.ts -> sql/a.ts',
      'arrows-sql: sql/a.ts -> client/a.ts',
      'arrows-workers: workers/a.ts -> client/a.ts',
      'schemas-import-zod-only: schemas/a.ts -> sql/a.ts',
    ]);
  });

  it('keeps I/O and zod out of workflows and sql', () => {
    const violations = check({
      'activities/a.ts': value,
      'schemas/goal.ts': value,
      'workflows/a.ts': `import { value } from '../activities/a';\nexport const x = value;\n`,
      'workflows/b.ts': `import { value } from '../schemas/goal';\nexport const x = value;\n`,
      'workflows/c.ts': `import { z } from 'zod';\nimport { hostname } from 'node:os';\nexport const x = [z, hostname];\n`,
      'sql/a.ts': `import { readFileSync } from 'node:fs';\nimport { Client } from 'pg';\nexport const x = [readFileSync, Client];\n`,
    });
    const rules = violations.map((violation) => violation.replace(/ -> .*/, ''));
    expect(rules).toEqual([
      'sql-is-pure: sql/a.ts',
      'sql-is-pure: sql/a.ts',
      'workflows-import-activities-as-types: workflows/a.ts',
      'workflows-without-node: workflows/c.ts',
      'workflows-without-zod: workflows/b.ts',
      'workflows-without-zod: workflows/c.ts',
    ]);
  });

  it('refuses two files that import each other', () => {
    const violations = check({
      'sql/a.ts': `import { b } from './b';\nexport const a = (): unknown => b;\n`,
      'sql/b.ts': `import { a } from './a';\nexport const b = (): unknown => a;\n`,
    });
    expect(violations).toEqual(['no-circular: sql/a.ts -> sql/b.ts']);
  });
});
