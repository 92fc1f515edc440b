import type { BundleReport } from '../../../governance/audit/bundle';
import type { AuditReport } from '../../../governance/audit/verify';
import { counted } from './numbers';
import { field, plainDeep, type Style } from './style';

/** What was found out about an audit log. */
export function renderAudit(given: AuditReport | BundleReport, style: Style): string {
  const report = plainDeep(given);
  const { paint } = style;
  const head = report.ok
    ? paint.green(`✓ ${counted(report.entries, 'entry', 'entries')}, each as it was written`)
    : paint.red(
        `✗ ${counted(report.findings.length, 'finding')} in ${counted(report.entries, 'entry', 'entries')}`,
      );
  const lines = [head];
  for (const { kind, message } of report.findings) lines.push(field(kind, message, style, { column: 14 }));
  if (report.entries > 0) lines.push(field('newest', `entry ${report.seq}, ${report.hash}`, style));
  lines.push(field('signed', signedText(report), style));
  if ('key' in report) {
    const pinned = report.key.pinned
      ? 'trusted beforehand'
      : 'only known from the file itself: pass --key to be sure who made it';
    lines.push(field('key', `${report.key.keyId}, ${pinned}`, style));
  }
  return lines.join('\n');
}

function signedText({ heads, signedUpTo, seq }: AuditReport): string {
  if (heads === 0) return 'nothing yet: no signed head agrees with it';
  const rest = seq > signedUpTo ? `; what comes after is not signed yet` : '';
  return `${counted(heads, 'head')} agree, up to entry ${signedUpTo}${rest}`;
}
