import { asksWords, windowWords } from '../../../schemas/gate';
import type { Gate } from '../../../schemas/run';
import { coverageText, type Standing } from '../../../schemas/standing';
import { seconds } from './numbers';
import { field, type Style } from './style';

/** Who must decide and why, by when, and when it is applied then. */
export function renderGate(gate: Gate, style: Style, standing?: Standing): string[] {
  const { paint } = style;
  if (gate.denied) {
    const why = gate.denied.map((reason) => `DENIED: ${reason}`).join('\n');
    return [field('gate', why, style, { colour: (line) => paint.bold(paint.red(line)) })];
  }
  const windows = (gate.windows ?? []).map((window) =>
    field('window', `applies only ${windowWords(window)}`, style, { colour: paint.yellow }),
  );
  if (standing?.covered)
    return [
      field('gate', `open: ${coverageText(standing.covered)}`, style, { colour: paint.green }),
      ...windows,
    ];
  if (gate.approvers === 0)
    return [field('gate', `open: ${gate.reason}`, style, { colour: paint.green }), ...windows];
  const local =
    gate.confirm.length > 0 && gate.localOverride
      ? `\nhere, one person may do it who repeats the names: ${gate.confirm.join(', ')}`
      : '';
  const reminds = (gate.remindMs ?? []).map((ms) => seconds(ms / 1000));
  const reminded = reminds.length > 0 ? ` (reminded ${reminds.join(' and ')} before)` : '';
  const asks = `${asksWords(gate)} within ${seconds(gate.deadlineMs / 1000)}${reminded}: ${[gate.reason, ...(standing?.why ?? [])].join('\n')}${local}`;
  const severe = gate.approvers > 1 || gate.roles !== undefined || gate.beyond !== undefined;
  return [field('gate', asks, style, { colour: severe ? paint.red : paint.yellow }), ...windows];
}
