import Table from 'cli-table3';
import { COST_GROUPS, type CostGroup, type Costs } from '../../../store/asks/costs';
import { moneyText } from '../../../schemas/budget-text';
import { fail } from '../../../schemas/errors';
import { findAsk } from '../../core/asks/find';
import { NO_LINES } from '../render/runs-table';
import { plainDeep } from '../render/style';
import type { CommandResult, Terminal } from '../terminal';
import { withStore } from '../with-store';

export interface CostsOptions {
  by?: string[];
  /** Days back, today included. */
  days: number;
  /** Its beginning, UTC. */
  day?: Date;
  ask?: string;
}

const DAY_MS = 86_400_000;

/** `sluice costs`: what the model cost, failed and lost attempts included; `--json` gives `{since, by, costs: […]}`. */
export function costs(terminal: Terminal, options: CostsOptions): Promise<CommandResult> {
  const by = groupsOf(options.by ?? ['day', 'model']);
  return withStore(terminal, async ({ store }) => {
    const of =
      options.ask === undefined ? periodOf(options) : { askId: (await findAsk(store, options.ask)).askId };
    const found = await store.asks.costs({ by, ...of });
    const document = { ...('askId' in of ? { ask: of.askId } : of), by, costs: found };
    return { document, text: table(plainDeep(found), by, terminal), exitCode: 0 };
  });
}

function periodOf({ day, days }: CostsOptions): { since: Date; until?: Date } {
  if (day) return { since: day, until: new Date(day.getTime() + DAY_MS) };
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  return { since: new Date(today - (days - 1) * DAY_MS) };
}

function groupsOf(given: readonly string[]): CostGroup[] {
  const wrong = given.find((group) => !COST_GROUPS.includes(group as CostGroup));
  if (wrong === undefined) return [...given] as CostGroup[];
  throw fail('usage', `Costs are not kept by "${wrong}".`, { next: `Of: ${COST_GROUPS.join(', ')}.` });
}

function table(costs: readonly Costs[], by: readonly CostGroup[], { out: { paint } }: Terminal): string {
  if (costs.length === 0) return 'Nothing was spent.';
  const shown = new Table({
    head: [
      ...by.map((group) => group.toUpperCase()),
      'CALLS',
      'FAILED',
      'LOST',
      'CACHED',
      'IN',
      'FROM CACHE',
      'OUT',
      'COST',
      'SECONDS',
    ].map((title) => paint.dim(title)),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  const figure = (value: number): string => value.toLocaleString('en');
  for (const cost of costs) {
    shown.push([
      ...by.map((group) => cost[group] ?? ''),
      ...[cost.calls, cost.failed, cost.unknown, cost.cached].map(figure),
      ...[cost.inputTokens + cost.cacheWriteTokens, cost.cacheReadTokens, cost.outputTokens].map(figure),
      moneyText(cost.money),
      figure(Math.round(cost.seconds)),
    ]);
  }
  return shown
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
