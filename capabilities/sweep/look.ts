import { fail } from '../../schemas/errors';
import { sizeText, type Retention } from '../../schemas/retention';
import type { ReadSession } from '../../warehouses/warehouse';
import { NOTHING_DUE, STORE_PARTS, type Due, type House } from '../house';
import { CATEGORIES, type Category } from './input';
import { dueLedger, dueQuarantine } from './rows';
import { dueKept, dueOf, type DueKept } from './undo-kept';

/** What is due: per category, and what was kept for undos by name. */
export interface Looked {
  due: Partial<Record<Category, Due>>;
  kept: DueKept[];
}

/** Looks at everything that the sweep is about; reads only. */
export async function look(
  session: ReadSession,
  house: House,
  retention: Retention,
  only: readonly Category[],
): Promise<Looked> {
  const open = await house.openRuns();
  const wants = new Set(only);
  const kept = wants.has('undo') ? await dueKept(session, retention.undoMs, open) : [];
  const due: Looked['due'] = {};
  if (wants.has('undo')) due.undo = dueOf(kept);
  if (wants.has('quarantine')) due.quarantine = await dueQuarantine(session, retention.quarantineMs, open);
  if (wants.has('ledger')) due.ledger = await dueLedger(session, retention.ledgerMs, open);
  Object.assign(due, await beside(house, only, false));
  return { due, kept };
}

/** What is due outside of the warehouse; with `sweep`, it is deleted. */
export async function beside(
  house: House,
  only: readonly Category[],
  sweep: boolean,
): Promise<Looked['due']> {
  const wants = new Set(only);
  const parts = STORE_PARTS.filter((part) => wants.has(part));
  const due: Looked['due'] = await house.store(parts, sweep);
  if (wants.has('shadows')) due.shadows = await house.shadows(sweep);
  for (const what of ['lineage', 'notices'] as const)
    if (wants.has(what)) due[what] = await house.sent(what, sweep);
  return due;
}

const THINGS: Record<Category, [one: string, many: string]> = {
  undo: ['table kept for an undo', 'tables kept for undos'],
  quarantine: ['quarantined row', 'quarantined rows'],
  ledger: ['ledger row of what no longer stands', 'ledger rows of what no longer stands'],
  runs: ['ended run', 'ended runs'],
  asks: ['ended ask', 'ended asks'],
  calls: ['old call of a model', 'old calls of models'],
  artifacts: ['unused artifact', 'unused artifacts'],
  lineage: ['delivered lineage event', 'delivered lineage events'],
  notices: ['settled notice', 'settled notices'],
  shadows: ['unused shadow or base', 'unused shadows and bases'],
};

/** `3 tables kept for undos, 1.2 MB, the oldest of 2026-11-18` */
export function dueText(category: Category, { count, bytes, oldest }: Due): string {
  const [one, many] = THINGS[category];
  const parts = [`${count.toLocaleString('en-US')} ${count === 1 ? one : many}`];
  if (bytes > 0) parts.push(sizeText(bytes));
  if (oldest !== null && count > 0) parts.push(`the oldest of ${oldest.slice(0, 10)}`);
  return parts.join(', ');
}

/** Those with something in them, in the order of {@link CATEGORIES}. */
export function dueIn(due: Looked['due']): [Category, Due][] {
  return CATEGORIES.flatMap((category): [Category, Due][] => {
    const found = due[category] ?? NOTHING_DUE;
    return found.count > 0 ? [[category, found]] : [];
  });
}

/** The engine gives it; without it there is nothing to sweep by. */
export function houseFor(ctx: { house?: House }): House {
  if (ctx.house) return ctx.house;
  throw fail('internal', 'This step was started without what it keeps in order.', { next: 'Report this.' });
}
