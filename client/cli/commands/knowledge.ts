import { embedMissing, searchKnowledge } from '../../../llm/knowledge';
import { SluiceError, fail } from '../../../schemas/errors';
import type { ListedDocument } from '../../../store/knowledge/knowledge';
import { DOCUMENT_KINDS, type DocumentKind } from '../../../store/knowledge/tables';
import { documentsAt } from '../../core/knowledge/documents';
import { embeddingOf } from '../../core/knowledge/embedding';
import { callerAt } from '../caller';
import { moment } from '../render/numbers';
import { plainDeep } from '../render/style';
import type { CommandResult, Terminal } from '../terminal';
import { withStore } from '../with-store';

export interface KnowledgeAddOptions {
  kind?: string;
}

export interface KnowledgeSearchOptions {
  limit: number;
}

/** Chunks that are embedded between two lines of progress. */
const EMBEDDED_AT_ONCE = 256;

/** `sluice knowledge add PATH`: `--json` gives `{documents: [{source, title, chunks, result}], embedded}`. */
export function knowledgeAdd(
  terminal: Terminal,
  given: string,
  options: KnowledgeAddOptions,
): Promise<CommandResult> {
  const found = documentsAt(given, terminal.surroundings.cwd, kindOf(options.kind));
  return withStore(terminal, async ({ store, home }) => {
    const { by } = await callerAt(terminal, { store, home }, 'run', 'add knowledge');
    const documents: { source: string; title: string; chunks: number; result: string }[] = [];
    for (const document of found) {
      const { result } = await store.knowledge.put(document, by);
      documents.push({
        source: document.source,
        title: document.title,
        chunks: document.chunks.length,
        result,
      });
    }
    const changed = documents.filter(({ result }) => result !== 'same');
    if (changed.length > 0) {
      const data = { documents: changed.length };
      await store.audit.append({ actor: by, action: 'knowledge_added', subject: `knowledge:${given}`, data });
    }
    const { embedded, note } = await embedAll(terminal, store, home);
    if (note) terminal.say(note);
    const chunks = documents.reduce((sum, document) => sum + document.chunks, 0);
    const text = `${documents.length} document${documents.length === 1 ? '' : 's'} (${chunks} parts): ${changed.length} new or changed${embedded > 0 ? `, ${embedded} parts embedded` : ''}.`;
    return { document: { documents, embedded }, text, exitCode: 0 };
  });
}

async function embedAll(
  terminal: Terminal,
  store: Parameters<Parameters<typeof withStore>[1]>[0]['store'],
  home: string,
): Promise<{ embedded: number; note?: string }> {
  const embedding = embeddingOf(home, terminal.surroundings);
  let embedded = 0;
  try {
    for (;;) {
      const count = await embedMissing(store.knowledge, embedding, EMBEDDED_AT_ONCE);
      embedded += count;
      if (count < EMBEDDED_AT_ONCE) return { embedded };
    }
  } catch (cause) {
    if (!(cause instanceof SluiceError)) throw cause;
    // Found by their words they are all the same; the next search tries again.
    return { embedded, note: `Not embedded: ${cause.problem.message} ${cause.problem.next}` };
  }
}

/** `sluice knowledge list` */
export function knowledgeList(terminal: Terminal): Promise<CommandResult> {
  return withStore(terminal, async ({ store, home }) => {
    const documents = await store.knowledge.list(embeddingOf(home, terminal.surroundings).config?.model);
    const text = plainDeep(documents)
      .map((each) => lineOf(each, terminal))
      .join('\n');
    return { document: { documents }, text: text || 'No documents.', exitCode: 0 };
  });
}

function lineOf(
  { id, kind, source, title, chunks, addedBy, addedAt }: ListedDocument,
  { out }: Terminal,
): string {
  return `${String(id).padStart(4)}  ${kind.padEnd(8)} ${title}  ${out.paint.dim(`${source}, ${chunks} parts, by ${addedBy} ${moment(addedAt)}`)}`;
}

/** `sluice knowledge remove WHICH`: a document's number or source, or a folder. Throws `not_found`. */
export function knowledgeRemove(terminal: Terminal, which: string): Promise<CommandResult> {
  return withStore(terminal, async ({ store, home }) => {
    const { by } = await callerAt(terminal, { store, home }, 'run', 'remove knowledge');
    const removed = await store.knowledge.remove(which);
    if (removed.length === 0) {
      throw fail('not_found', `There is no document "${which}".`, {
        next: 'sluice knowledge list shows them.',
      });
    }
    await store.audit.append({
      actor: by,
      action: 'knowledge_removed',
      subject: `knowledge:${which}`,
      data: { documents: removed.length },
    });
    return {
      document: { removed },
      text: `${removed.length} removed: ${plainDeep(removed).join(', ')}`,
      exitCode: 0,
    };
  });
}

/** `sluice knowledge search WORDS` */
export function knowledgeSearch(
  terminal: Terminal,
  words: string,
  { limit }: KnowledgeSearchOptions,
): Promise<CommandResult> {
  return withStore(terminal, async ({ store, home }) => {
    const embedding = embeddingOf(home, terminal.surroundings);
    const hits = await searchKnowledge(store.knowledge, words, { limit }, embedding);
    const { paint } = terminal.out;
    const text = plainDeep(hits)
      .map(({ id, score, title, heading, source, body }) => {
        const head = `knowledge:${id}  ${title}${heading ? ` > ${heading}` : ''}  ${paint.dim(`${source}, ${score}`)}`;
        return `${head}\n    ${body.replace(/\s+/g, ' ').slice(0, 160)}`;
      })
      .join('\n');
    return { document: { hits }, text: text || 'Nothing fits these words.', exitCode: 0 };
  });
}

function kindOf(kind = 'document'): DocumentKind {
  const known = DOCUMENT_KINDS.find((each) => each === kind && each !== 'sql' && each !== 'dbt');
  if (known) return known;
  throw fail('usage', `There is no kind of document "${kind}".`, {
    next: 'Use document, runbook, naming or sla.',
  });
}
