import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

const FOLDER = join(__dirname, '../histories');
const { History } = temporal.api.history.v1;
export type History = temporal.api.history.v1.IHistory;

/** With SLUICE_SAVE_HISTORIES=1 an outcome's history is kept, encoded, for replay. */
export async function keepHistory(outcome: string, handle: WorkflowHandle): Promise<void> {
  if (process.env.SLUICE_SAVE_HISTORIES !== '1') return;
  const history = await handle.fetchHistory();
  for (const event of history.events ?? []) nameless(event);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${outcome}.history`), History.encode(history).finish());
}

/** `pid@machine` in signatures and queues, and paths in stack traces, are nobody's business. */
function nameless(value: object): void {
  for (const [key, item] of Object.entries(value)) {
    if (key === 'stackTrace') Object.assign(value, { stackTrace: '' });
    else if (typeof item === 'string') Object.assign(value, { [key]: item.replace(/\d+@[\w.-]+/g, 'test') });
    else if (item !== null && typeof item === 'object' && !(item instanceof Uint8Array))
      nameless(item as object);
  }
}

export function savedHistories(): { outcome: string; history: History }[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.history'))
    .sort()
    .map((file) => ({
      outcome: file.replace('.history', ''),
      history: History.decode(readFileSync(join(FOLDER, file))),
    }));
}
