import { isInPlainWords } from '../read-goal';
import type { CommandResult, Terminal } from '../terminal';
import { apply, type ApplyOptions } from './apply';
import { askFile } from './ask';
import { plan, type PlanOptions } from './plan';

/** `sluice plan FILE`; steps of a document in plain words are worked out first. */
export async function planFile(
  terminal: Terminal,
  file: string,
  options: PlanOptions,
): Promise<CommandResult> {
  return (await isInPlainWords(file))
    ? askFile(terminal, file, { ...options, plan: true })
    : plan(terminal, file, options);
}

/** `sluice apply FILE`; steps of a document in plain words are worked out first. */
export async function applyFile(
  terminal: Terminal,
  file: string,
  options: ApplyOptions,
): Promise<CommandResult> {
  return (await isInPlainWords(file)) ? askFile(terminal, file, options) : apply(terminal, file, options);
}
