import { refreshMemory } from '../../../activities/ask/knowledge/refresh';
import { fail } from '../../../schemas/errors';
import { callerAt } from '../caller';
import { moment } from '../render/numbers';
import { plainDeep } from '../render/style';
import type { CommandResult, Terminal } from '../terminal';
import { withStore } from '../with-store';

export interface MemoryListOptions {
  goal?: string;
  limit: number;
}

/** `sluice memory list`: what people decided about proposals, the newest first; `--json` gives `{memories: […]}`. */
export function memoryList(terminal: Terminal, options: MemoryListOptions): Promise<CommandResult> {
  return withStore(terminal, async ({ store }) => {
    await refreshMemory(store);
    const memories = await store.memory.list(options);
    const { paint } = terminal.out;
    const text = plainDeep(memories)
      .map(({ id, kind, goal, by, at, text: reason, relations }) => {
        const about = relations.length > 0 ? paint.dim(` (${relations.join(', ')})`) : '';
        const why = reason === '' ? '' : `\n      ${reason.replaceAll('\n', '\n      ')}`;
        return `${String(id).padStart(4)}  ${kind.padEnd(8)} ${goal}${about}  ${paint.dim(`by ${by} ${moment(at)}`)}${why}`;
      })
      .join('\n');
    return { document: { memories }, text: text || 'Nothing is remembered.', exitCode: 0 };
  });
}

/** `sluice memory forget ID…`: nothing of it is shown to a model again. Throws `not_found`. */
export function memoryForget(terminal: Terminal, ids: readonly number[]): Promise<CommandResult> {
  return withStore(terminal, async ({ store, home }) => {
    const { by } = await callerAt(terminal, { store, home }, 'run', 'forget what is remembered');
    const forgotten: number[] = [];
    for (const id of ids) if (await store.memory.forget(id)) forgotten.push(id);
    const missing = ids.filter((id) => !forgotten.includes(id));
    if (forgotten.length > 0) {
      await store.audit.append({
        actor: by,
        action: 'memory_forgotten',
        subject: 'memory',
        data: { ids: forgotten },
      });
    }
    if (missing.length > 0) {
      throw fail('not_found', `Nothing is remembered under ${missing.join(', ')}.`, {
        next: 'sluice memory list shows what is.',
        ...(forgotten.length > 0 ? { state: `${forgotten.join(', ')} is forgotten.` } : {}),
      });
    }
    return { document: { forgotten }, text: `Forgotten: ${forgotten.join(', ')}.`, exitCode: 0 };
  });
}
