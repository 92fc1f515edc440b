import type { Command } from 'commander';
import type { AuditExportOptions, AuditVerifyOptions } from '../commands/audit';
import type { LineageOptions } from '../commands/lineage';
import type { LineageResendOptions } from '../commands/lineage-resend';
import { load } from '../load';
import { collect, examples, type Execute, flagsOf } from './register';

/** `lineage`, `audit verify`, `audit export` */
export function registerAudit(program: Command, execute: Execute): void {
  const lineage = program
    .command('lineage')
    .helpGroup('The record:')
    .description('what a table or column is made of, and what is made of it')
    .argument('<TABLE>', 'schema.table, or schema.table.column')
    .option('--up', 'only what it is made of')
    .option('--down', 'only what is made of it')
    .action((table: string, options: LineageOptions, command: Command) =>
      execute((terminal) => load.lineage()(terminal, table, options), flagsOf(command)),
    )
    .addHelpText(
      'after',
      examples(
        ['sluice lineage marts.daily_delays', ''],
        ['sluice lineage raw.flights.dep_delay --down', 'what a change of the column would touch'],
      ),
    );
  lineage
    .command('resend')
    .description('queue events again that the endpoint has refused; a worker sends them in order')
    .option('--since <time>', 'all from then on, also what it has (ISO 8601, or how long ago: 6h)')
    .action((options: LineageResendOptions, command: Command) =>
      execute((terminal) => load.lineageResend()(terminal, options), flagsOf(command)),
    )
    .addHelpText(
      'after',
      examples(
        ['sluice lineage resend', 'after the endpoint was mended'],
        ['sluice lineage resend --since 2d', 'to one that has lost them, or is new'],
      ),
    );
  const audit = program
    .command('audit')
    .helpGroup('The record:')
    .description('who did what: a log chained by hashes, its end signed');
  audit
    .command('verify')
    .description('find an edited, missing, moved or cut-off entry; of the store, or of an export')
    .argument('[FILE]', 'an export; default: the log in the store')
    .option('--from <file>', 'signed heads that were kept elsewhere (default: <home>/audit-heads.ndjson)')
    .option('--key <file>', 'a public key to trust, besides the home’s own (PEM; repeatable)', collect)
    .action((file: string | undefined, options: AuditVerifyOptions, command: Command) =>
      execute((terminal) => load.audit().auditVerify(terminal, file, options), flagsOf(command)),
    )
    .addHelpText(
      'after',
      examples(
        ['sluice audit verify', 'exit 5 when anything was altered, and which entry'],
        ['sluice audit verify --from /mnt/elsewhere/audit-heads.ndjson', ''],
        ['sluice audit verify audit.ndjson --key audit-public.pem', 'without any stack'],
      ),
    );
  audit
    .command('export')
    .description('write the log as signed NDJSON that can be verified anywhere')
    .option('--format <format>', 'only ndjson', 'ndjson')
    .option('--since <time>', 'entries from then on (ISO 8601)')
    .option('--output <file>', 'default: stdout')
    .action((options: AuditExportOptions, command: Command) =>
      execute((terminal) => load.audit().auditExport(terminal, options), flagsOf(command)),
    )
    .addHelpText(
      'after',
      examples(
        ['sluice audit export > audit.ndjson', ''],
        ['sluice audit export --since 2026-11-01 --output november.ndjson', ''],
      ),
    );
}
