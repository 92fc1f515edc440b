import { text } from 'node:stream/consumers';
import { registry } from '../../../capabilities/registry';
import { fail } from '../../../schemas/errors';
import { bundleOf } from '../../core/bundle';
import { callerName } from '../../core/caller';
import { askHidden } from '../prompt';
import type { CommandResult, Terminal } from '../terminal';
import { withLink } from '../with-link';
import { applyBundle, type ApplyOptions } from './apply';
import { planBundle } from './plan';

export interface EraseOptions extends Pick<
  ApplyOptions,
  'confirm' | 'allowDestructive' | 'comment' | 'detach' | 'full'
> {
  table: string;
  where: Record<string, string>;
  reason?: string;
  downstream?: boolean;
  dryRun?: boolean;
  warehouse?: string;
}

/**
 * `sluice erase`: a person's rows go from a table and from every copy that is kept. An ordinary run with a gate of its
 * own; the values wait in the store's restricted table until it has ended, and never enter a history.
 */
export async function erase(terminal: Terminal, options: EraseOptions): Promise<CommandResult> {
  const values = await valuesOf(terminal, options.where);
  return withLink(terminal, async (link) => {
    const { erasures } = link.store;
    const request = await erasures.ask(values, callerName(terminal.surroundings.env));
    try {
      const bundle = await bundleOf(documentOf(options, request), registry, terminal.surroundings.cwd);
      terminal.about.goal = bundle.goal.goal;
      return options.dryRun
        ? await planBundle(terminal, link, bundle, { full: true })
        : await applyBundle(terminal, link, bundle, options);
    } catch (cause) {
      // Nobody will take it up; were the run started after all, it would find nothing and fail.
      await erasures.withdraw(request).catch(() => undefined);
      throw cause;
    }
  });
}

function documentOf(options: EraseOptions, request: string): object {
  const { table, where, reason, downstream, warehouse } = options;
  return {
    apiVersion: 'sluice/v1',
    goal: 'sluice-erase',
    description: `Rows are erased from ${table} by ${Object.keys(where).join(', ')}.`,
    ...(warehouse === undefined ? {} : { warehouse }),
    steps: [
      {
        id: 'erase',
        erase: {
          table,
          columns: Object.keys(where),
          request,
          ...(downstream ? { downstream } : {}),
          ...(reason === undefined ? {} : { reason }),
        },
      },
    ],
  };
}

/** `-` stands for a value that is typed unseen, or is a line of stdin: it does not stay in the shell's history. */
async function valuesOf(terminal: Terminal, where: Record<string, string>): Promise<Record<string, string>> {
  const asked = Object.keys(where).filter((column) => where[column] === '-');
  if (asked.length === 0) return where;
  const { stdin } = terminal.surroundings;
  const lines = stdin.isTTY === true ? [] : (await text(stdin)).split(/\r?\n/);
  const values = { ...where };
  for (const [index, column] of asked.entries()) {
    const value = terminal.interactive
      ? await askHidden(terminal, `Value of ${column} (not shown): `)
      : lines[index];
    if (value === undefined || value === '') {
      throw fail('usage', `No value was given for ${column}.`, {
        next: `Pipe it in, one line for each "-": sluice erase --table T --where ${column}=- < file`,
      });
    }
    values[column] = value;
  }
  return values;
}
