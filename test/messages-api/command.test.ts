import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import Anthropic from '@anthropic-ai/sdk';
import { says } from './client';

const script = path.resolve(__dirname, '../../scripts/messages-api.mjs');
const run = (...args: string[]) =>
  spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });

describe('npm run messages-api', () => {
  it('prints its URL, answers from a file of rules with the faults asked for, and ends when told to', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'sluice-messages-'));
    const file = path.join(directory, 'rules.yaml');
    writeFileSync(file, '- when: { text: hello }\n  answer: { text: hi }\n');
    const child = run('--script', file, '--fault', '529', '--key', 'k');
    try {
      const [url] = (
        await new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve))
      ).split(' ');
      const client = new Anthropic({ baseURL: url!, apiKey: 'k', maxRetries: 0, logLevel: 'off' });
      await expect(client.messages.create(says('hello'))).rejects.toMatchObject({ status: 529 });
      await expect(client.messages.create(says('hello'))).resolves.toMatchObject({
        content: [{ text: 'hi' }],
      });
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    } finally {
      child.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('says what is missing', async () => {
    const child = run();
    let said = '';
    child.stderr.on('data', (chunk) => (said += String(chunk)));
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(1);
    expect(said).toMatch(/give --script, --replay or --bridge/);
  });
});
