import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { exportAudit, verifyBundle } from '../../../governance/audit/bundle';
import { HeadSigner } from '../../../governance/audit/sign-heads';
import { SluiceError } from '../../../schemas/errors';
import { testLog, type TestLog } from './log';

let log: TestLog;
let directory: string;
let text: string;
let nth = 0;

const file = (content: string): string => {
  const name = path.join(directory, `${(nth += 1)}.ndjson`);
  writeFileSync(name, content);
  return name;
};
async function exported(since?: string): Promise<string> {
  let all = '';
  for await (const line of exportAudit(log.store.audit, log.key, since)) all += line;
  return all;
}
/** Kinds of what is found; an export that cannot even be read counts as found. */
async function findings(content: string, trusted = log.trusted): Promise<string[]> {
  try {
    return (await verifyBundle(file(content), trusted)).findings.map(({ kind, seq }) => `${kind} ${seq}`);
  } catch (cause) {
    if (cause instanceof SluiceError) return [cause.code];
    throw cause;
  }
}

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'sluice-audit-'));
  log = await testLog('audit_bundle', 6);
  await new HeadSigner(log.store, log.key, undefined).tick();
  for (let more = 0; more < 3; more += 1)
    await log.store.audit.append({ actor: 'bob', action: 'token_created', subject: `token:${more}` });
  text = await exported();
});
afterAll(async () => {
  await log.close();
  rmSync(directory, { recursive: true, force: true });
});

it('an export verifies by itself, and with the key that one trusts', async () => {
  expect(await verifyBundle(file(text), log.trusted)).toMatchObject({
    ok: true,
    entries: 9,
    signedUpTo: 9,
    key: { pinned: true },
  });
  expect(await verifyBundle(file(text), new Map())).toMatchObject({ ok: true, key: { pinned: false } });
});

it('an export since a time begins in the middle of the chain', async () => {
  const entries = [];
  for await (const entry of log.store.audit.entries()) entries.push(entry);
  const since = entries[6]!.at;
  const first = entries.find((entry) => entry.at >= since)!.seq;
  expect(await verifyBundle(file(await exported(since)), log.trusted)).toMatchObject({
    ok: true,
    entries: 10 - first,
    seq: 9,
  });
});

it('of one that another key signed is said that it is not trusted', async () => {
  const other = await testLog('audit_forger', 2);
  let forged = '';
  for await (const line of exportAudit(other.store.audit, other.key)) forged += line;
  expect((await findings(forged)).join()).toMatch(/unknown_key/);
  await other.close();
});

it('every single changed, removed or added character is found', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(text.length - 1),
      fc.constantFrom('change', 'remove', 'add'),
      fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }),
      async (at, how, character) => {
        const rest = text.slice(how === 'add' ? at : at + 1);
        const altered = text.slice(0, at) + (how === 'remove' ? '' : character) + rest;
        fc.pre(altered !== text);
        expect(await findings(altered)).not.toEqual([]);
      },
    ),
    { numRuns: 400 },
  );
});

it('every removed, repeated or swapped line is found', async () => {
  const lines = text.trimEnd().split('\n');
  await fc.assert(
    fc.asyncProperty(
      fc.nat(lines.length - 1),
      fc.nat(lines.length - 1),
      fc.constantFrom('remove', 'repeat', 'swap'),
      async (a, b, how) => {
        const altered = [...lines];
        if (how === 'remove') altered.splice(a, 1);
        else if (how === 'repeat') altered.splice(b, 0, lines[a]!);
        else [altered[a], altered[b]] = [altered[b]!, altered[a]!];
        const content = `${altered.join('\n')}\n`;
        fc.pre(content !== text);
        expect(await findings(content)).not.toEqual([]);
      },
    ),
    { numRuns: 200 },
  );
});

it.each<[string, (lines: string[]) => string[], string]>([
  ['an edited entry', (l) => l.map((line) => line.replace('"run-3"', '"run-4"')), 'edited 3'],
  ['a missing entry', (l) => l.filter((_, at) => at !== 4), 'gap 4'],
  ['two that changed places', (l) => [l[0]!, l[1]!, l[3]!, l[2]!, ...l.slice(4)], 'reordered 2'],
  ['a cut-off end', (l) => l.slice(0, 7), 'damaged 6'],
])('says of %s which it is', async (_what, alter, finding) => {
  const altered = alter(text.trimEnd().split('\n'));
  expect(await findings(`${altered.join('\n')}\n`)).toContain(finding);
});

it('what was exported is what is in the store', () => {
  expect(readFileSync(file(text), 'utf8').split('"type":"entry"')).toHaveLength(10);
});
