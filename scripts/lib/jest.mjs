import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { root } from './prepare.mjs';

/** Runs jest on this terminal; its exit code becomes ours. */
export async function jest(args) {
  const program = createRequire(import.meta.url).resolve('jest/bin/jest');
  const child = spawn(process.execPath, [program, ...args], { cwd: root, stdio: 'inherit' });
  process.exitCode = await new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
}
