import { type Command, InvalidArgumentError } from 'commander';
import type { KnowledgeAddOptions, KnowledgeSearchOptions } from '../commands/knowledge';
import type { MemoryListOptions } from '../commands/memory';
import { load } from '../load';
import { examples, type Execute, flagsOf } from './register';

/** `knowledge add`, `list`, `remove`, `search`; `memory list`, `forget` */
export function registerKnowledge(program: Command, execute: Execute): void {
  const knowledge = program
    .command('knowledge')
    .helpGroup('The record:')
    .description('documents that plain words are answered with: runbooks, naming standards, SLAs, dbt docs')
    .addHelpText(
      'after',
      examples(
        ['sluice knowledge add docs/runbooks --kind runbook', 'every Markdown and text file in it'],
        ['sluice knowledge add target/manifest.json', 'descriptions of dbt’s models and columns'],
        ['sluice knowledge search "when are refunds booked"', ''],
      ),
    );
  knowledge
    .command('add')
    .description('index a text, a folder of texts, or dbt’s manifest.json; again: what changed')
    .argument('<PATH>', 'a file or folder')
    .option('--kind <kind>', 'document, runbook, naming or sla', 'document')
    .action((path: string, options: KnowledgeAddOptions, command: Command) =>
      execute((terminal) => load.knowledge().knowledgeAdd(terminal, path, options), flagsOf(command)),
    );
  knowledge
    .command('list')
    .description('what is indexed')
    .action((_options: object, command: Command) =>
      execute((terminal) => load.knowledge().knowledgeList(terminal), flagsOf(command)),
    );
  knowledge
    .command('remove')
    .description('take a document, or all of a folder, out of the index')
    .argument('<WHICH>', 'its number, its source, or a folder')
    .action((which: string, _options: object, command: Command) =>
      execute((terminal) => load.knowledge().knowledgeRemove(terminal, which), flagsOf(command)),
    );
  knowledge
    .command('search')
    .description('find parts of documents by words, and by meaning where embeddings are configured')
    .argument('<WORDS>', 'in plain words')
    .option('--limit <n>', 'how many at most', count, 8)
    .action((words: string, options: KnowledgeSearchOptions, command: Command) =>
      execute((terminal) => load.knowledge().knowledgeSearch(terminal, words, options), flagsOf(command)),
    );
  const memory = program
    .command('memory')
    .helpGroup('The record:')
    .description('what people approved, rejected and changed, as a model is reminded of it')
    .addHelpText(
      'after',
      examples(
        ['sluice memory list --goal revenue', ''],
        ['sluice memory forget 12', 'no model is told of it again'],
      ),
    );
  memory
    .command('list')
    .description('decisions with their reasons, the newest first')
    .option('--goal <goal>', 'only of this goal')
    .option('--limit <n>', 'how many at most', count, 30)
    .action((options: MemoryListOptions, command: Command) =>
      execute((terminal) => load.memory().memoryList(terminal, options), flagsOf(command)),
    );
  memory
    .command('forget')
    .description('forget decisions: the words, the reason, what they were about')
    .argument('<ID...>', 'as `memory list` shows them', counts)
    .action((ids: number[], _options: object, command: Command) =>
      execute((terminal) => load.memory().memoryForget(terminal, ids), flagsOf(command)),
    );
}

function count(text: string): number {
  const value = Number(text);
  if (/^[0-9]{1,9}$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError('It is a whole number from 1 on.');
}

/** Of an argument that may be given many times. */
function counts(text: string, before: number[] = []): number[] {
  return [...before, count(text)];
}
