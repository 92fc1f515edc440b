import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { exportAudit, verifyBundle, type BundleReport } from '../../../governance/audit/bundle';
import type { AuditReport } from '../../../governance/audit/verify';
import { ERROR_CODES, fail } from '../../../schemas/errors';
import { keysToTrust, signingKeyOf, verifyStore } from '../../core/audit';
import { openHomeStore } from '../../core/home-store';
import { renderAudit } from '../render/audit';
import type { CommandResult, Terminal } from '../terminal';
import { homeOf } from '../home';

export interface AuditVerifyOptions {
  from?: string;
  key?: string[];
}

export interface AuditExportOptions {
  format: string;
  since?: string;
  output?: string;
}

/** `sluice audit verify [FILE]`: exit 0 when nothing was altered, else 5; `--json` gives the whole report. */
export async function auditVerify(
  terminal: Terminal,
  file: string | undefined,
  options: AuditVerifyOptions,
): Promise<CommandResult> {
  const home = homeOf(terminal);
  const { cwd } = terminal.surroundings;
  const keys = await keysToTrust(
    home,
    options.key?.map((key) => path.resolve(cwd, key)),
  );
  if (file !== undefined) return result(terminal, await verifyBundle(path.resolve(cwd, file), keys));
  const store = await openHomeStore(home);
  try {
    const from = options.from === undefined ? {} : { from: path.resolve(cwd, options.from) };
    return result(terminal, await verifyStore(store, home, { ...from, keys }));
  } finally {
    await store.close();
  }
}

function result(terminal: Terminal, report: AuditReport | BundleReport): CommandResult {
  const text = renderAudit(report, terminal.out);
  if (report.ok) return { document: report, text, exitCode: 0 };
  const [first] = report.findings;
  const { problem } = fail('audit_broken', `The audit log is not as it was written: ${first!.message}.`, {
    state: 'Nothing was changed by looking.',
    next: 'Keep a copy of the store as it is, compare it with an export or a backup, and find out who could write there.',
  });
  return { document: { ...report, error: problem }, text, exitCode: ERROR_CODES.audit_broken.exit, problem };
}

/** `sluice audit export`: NDJSON to stdout or a file; with `--json` and no file, one document with the lines in it. */
export async function auditExport(terminal: Terminal, options: AuditExportOptions): Promise<CommandResult> {
  if (options.format !== 'ndjson') {
    throw fail('usage', `There is no format "${options.format}".`, { next: 'Use --format ndjson.' });
  }
  if (options.since !== undefined && Number.isNaN(Date.parse(options.since))) {
    throw fail('usage', `"${options.since}" is no time.`, {
      next: 'Write it as 2026-11-01 or 2026-11-01T06:00:00Z.',
    });
  }
  const home = homeOf(terminal);
  const key = await signingKeyOf(home);
  const store = await openHomeStore(home);
  try {
    const lines = exportAudit(store.audit, key, options.since);
    if (options.output !== undefined) {
      const file = path.resolve(terminal.surroundings.cwd, options.output);
      await pipeline(Readable.from(lines), createWriteStream(file, { mode: 0o600 })).catch(
        (cause: unknown) => {
          throw fail(
            'permission_denied',
            `${file} cannot be written (${(cause as NodeJS.ErrnoException).code}).`,
            {
              next: 'Choose another --output.',
              place: file,
              cause,
            },
          );
        },
      );
      return {
        document: { file, keyId: key.keyId },
        text: `Wrote ${file}; check it with: sluice audit verify ${options.output}`,
        exitCode: 0,
      };
    }
    if (terminal.json) {
      const all: unknown[] = [];
      for await (const line of lines) all.push(JSON.parse(line));
      return { document: { lines: all }, text: '', exitCode: 0 };
    }
    await pipeline(Readable.from(lines), terminal.surroundings.stdout, { end: false });
    return { document: {}, text: '', exitCode: 0 };
  } finally {
    await store.close();
  }
}
