import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { StatusDocument } from '../../../runtime/stack/status';
import { queryAt } from '../../support/psql-url';

/** The built program: `bin/sluice` would build again when a source is edited while the tests run. */
const SLUICE = path.resolve(__dirname, '../../../dist/client/cli/main.js');

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A stack of its own for one test file, used as people and programs use it: by the command line. */
export class TestStack {
  readonly root = realpathSync(mkdtempSync(path.join(tmpdir(), 'sluice-e2e-')));
  private url = '';

  async up(): Promise<void> {
    const status = await this.json<StatusDocument>('up');
    if (!status.ok) throw new Error(`the stack did not come up: ${JSON.stringify(status)}`);
    this.url = status.postgres.url!;
  }

  async down(): Promise<void> {
    await this.run('down');
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Writes a file below the project; returns its path. */
  write(name: string, content: string): string {
    const file = path.join(this.root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  }

  start(...args: string[]): ChildProcess {
    const env = {
      ...process.env,
      SLUICE_HOME: path.join(this.root, '.sluice'),
      XDG_CONFIG_HOME: path.join(this.root, '.config'),
      NO_COLOR: '1',
    };
    return spawn(process.execPath, [SLUICE, ...args], {
      cwd: this.root,
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  run(...args: string[]): Promise<Ran> {
    return this.typed('', ...args);
  }

  /** With this on stdin. */
  typed(input: string, ...args: string[]): Promise<Ran> {
    const child = this.start(...args);
    child.stdin!.end(input);
    return ended(child);
  }

  /** With `--json`: the one document that stdout must hold. */
  async json<T>(...args: string[]): Promise<T & { code: number | null }> {
    const { code, stdout } = await this.run(...args, '--json');
    return { ...(JSON.parse(stdout) as T), code };
  }

  /** Rows of the local warehouse. */
  query<R extends object>(sql: string): Promise<R[]> {
    return queryAt<R>(this.url, sql);
  }
}

export async function ended(child: ChildProcess): Promise<Ran> {
  const ran = { stdout: '', stderr: '' };
  child.stdout!.on('data', (chunk: Buffer) => void (ran.stdout += chunk.toString()));
  child.stderr!.on('data', (chunk: Buffer) => void (ran.stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, ...ran };
}

/** When a process has said this, or one of these: what it is at is gone again in a moment. */
export function said(child: ChildProcess, ...words: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (words.some((one) => text.includes(one))) resolve();
    });
    child.once('close', () =>
      reject(new Error(`it ended without saying "${words.join('" or "')}": ${text}`)),
    );
  });
}
