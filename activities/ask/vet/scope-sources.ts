import type { Beyond } from '../../../schemas/ask';
import type { RelationName } from '../../../schemas/change';
import type { Step } from '../../../schemas/goal';
import { isObject } from '../control/arguments';
import type { Asking } from './scope';
import { asks } from './verbs';
import { has, meaning, names, plain, share, spells, tokensOf, wordsFrom, type Words } from './words';

interface From {
  files?: string[];
  connection?: string;
  postgres?: string;
  table?: string;
}

/** Where data would come from or go to, and nobody said so. */
export function sourceBeyond(
  steps: readonly Step[],
  sourceReads: ReadonlyMap<string, readonly RelationName[]>,
  asking: Asking,
): Beyond[] {
  return steps.flatMap((step) => {
    const input = step.input as {
      from?: From;
      into?: string;
      file?: string;
      quarantine?: { limit: number | string };
    };
    return [
      ...(isObject(input.from) ? fromBeyond(step, input.from, input.into ?? '', asking) : []),
      ...queryBeyond(step, sourceReads.get(step.id) ?? [], input.into ?? '', asking.words),
      ...quarantineBeyond(step, input.quarantine, asking.words),
      ...fileBeyond(step, input.file, asking.words),
      ...addressesIn(step, asking.words),
    ];
  });
}

function fromBeyond(step: Step, from: From, into: string, { words, config }: Asking): Beyond[] {
  const found: Beyond[] = [];
  const at = { step: step.id };
  if (!asksToLoad(words, config.connections))
    found.push({
      ...at,
      what: 'step',
      name: 'ingest',
      reason: `it would load into ${into}, and the words ask for nothing to be loaded`,
    });
  for (const name of [from.postgres, from.connection]) {
    if (name === undefined || namesConnection(words, name, Object.keys(config.connections))) continue;
    found.push({
      ...at,
      what: 'connection',
      name,
      reason: `it would read from the connection ${name}, which the words do not name`,
    });
  }
  if (from.table !== undefined && !namesTable(words, from.table, into))
    found.push({
      ...at,
      what: 'relation',
      name: from.table,
      reason: `it would read ${from.table} of ${from.postgres ?? 'a connection'}, which the words do not name`,
    });
  for (const glob of from.files ?? []) {
    if (namesFiles(words, glob, into)) continue;
    found.push({
      ...at,
      what: 'file',
      name: glob,
      reason: `it would load ${glob}, which the words do not speak of`,
    });
  }
  return found;
}

const LOADS =
  /\b(fetch|sync|replicat|pull|get (me )?(the|all|our|new)|bring|read in|take over|extract|files?|csv|tsv|json|deliver|dump|feed|datei|fichier|archivo|bestand|plik)|файл|文件|ファイル|파일/u;

/** Whether anything at all is to come from outside. */
function asksToLoad(words: Words, connections: Readonly<Record<string, unknown>>): boolean {
  return (
    (['add', 'overwrite', 'arrive'] as const).some((family) => asks(words, family)) ||
    LOADS.test(words.text) ||
    Object.keys(connections).some((name) => spells(words, name))
  );
}

/** Tables of a source that a query there reads. */
function queryBeyond(step: Step, reads: readonly RelationName[], into: string, words: Words): Beyond[] {
  return reads
    .filter((name) => !namesTable(words, name, into))
    .map((name) => ({
      what: 'relation',
      name,
      step: step.id,
      reason: `its query reads ${name} of the source, which the words do not name`,
    }));
}

/** The table of a source: named, or spoken of where its destination is named, and no other of its name is spelled. */
function namesTable(words: Words, table: string, into: string): boolean {
  if (spells(words, table)) return true;
  const [schema, bare] = table.includes('.') ? (table.split('.', 2) as [string, string]) : ['public', table];
  const spelled = new RegExp(`([\\w$]+)\\.${plain(bare).replace(/\$/g, '\\$')}(?![\\w$])`, 'g');
  const another = [...words.text.matchAll(spelled)].some(
    ([name, of]) => of !== schema.toLowerCase() && name !== plain(into),
  );
  if (another) return false;
  return names(words, table) || (share(words, bare) > 0 && names(words, into));
}

/** The connection as it is spelled, or by a word of its name that no other connection has. */
function namesConnection(words: Words, name: string, all: readonly string[]): boolean {
  const verb = wordsFrom([name]);
  const isVerb = (['remove', 'change', 'add', 'overwrite'] as const).some((family) => asks(verb, family));
  // "Drop the column" names no connection that is called drop.
  if (isVerb)
    return new RegExp(
      `\\b(from|of|in|via|with|connection|source|folder|directory|aus|von|de|du|da)\\s+(the\\s+)?["'\`]?${plain(name)}\\b|\\b${plain(name)}["'\`]?\\s+(connection|source|folder|directory)\\b`,
    ).test(words.text);
  if (spells(words, name)) return true;
  const others = new Set(all.filter((other) => other !== name).flatMap(tokensOf));
  return tokensOf(name).some((token) => token.length > 2 && !others.has(token) && words.tokens.has(token));
}

const FILE_WORDS = new Set([
  'csv',
  'tsv',
  'tab',
  'jsonl',
  'ndjson',
  'json',
  'gz',
  'txt',
  'data',
  'files',
  'file',
  'in',
  'input',
  'inbox',
  'deliveries',
  'delivery',
  'export',
  'exports',
  'latest',
  'new',
]);

const EVERYTHING = /\b(all|every|any|alle|tous|toutes|todos|tutti)\b/;

const NAMED_FILE =
  /(?<![\w./*?-])[\w./*?-]+\.(?:csv|tsv|tab|jsonl|ndjson|json|txt|parquet|xlsx?)(?:\.gz)?(?![\w])/g;

/**
 * The path as it is written, or what it says of its content; a path that says nothing needs the word "file". Where the
 * words name files, it is one of them or spoken of beside them.
 */
export function namesFiles(words: Words, glob: string, into: string): boolean {
  const path = plain(glob);
  if (spells(words, path) || (/[^\w.-]/.test(path) && words.text.includes(path))) return true;
  if (path.startsWith('/') || path.split('/').includes('..')) return false;
  const named = [...words.text.matchAll(NAMED_FILE)].map(([name]) => name);
  if (named.some((name) => baseOf(name) === baseOf(path))) return true;
  const tokens =
    named.length === 0 ? words.tokens : new Set(tokensOf(words.prose).filter((token) => !/^x+$/.test(token)));
  const telling = tellingOf(path);
  if (telling.length === 0 && path.includes('**') && !EVERYTHING.test(words.text)) return false;
  if (telling.length === 0)
    return (
      named.length === 0 &&
      ['csv', 'file', 'files', 'delivery', 'inbox', 'data', 'export'].some((word) => has(words, word))
    );
  const last = tellingOf(path.slice(path.lastIndexOf('/') + 1));
  if ((last.length > 0 ? last : telling).some((token) => has(words, token, tokens))) return true;
  // `orders.csv` into raw.orders, where the words speak of the orders.
  return (
    named.length === 0 &&
    names(words, into) &&
    meaning(into.slice(into.lastIndexOf('.') + 1)).some((token) => last.includes(token))
  );
}

const tellingOf = (path: string): string[] =>
  tokensOf(path).filter((token) => !FILE_WORDS.has(token) && !/^\d+$/.test(token));

/** The name of a file, whichever directory it is in and whether or not it is compressed. */
const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1).replace(/\.gz$/, '');

function quarantineBeyond(
  step: Step,
  quarantine: { limit: number | string } | undefined,
  words: Words,
): Beyond[] {
  const limit = quarantine?.limit ?? 0;
  if (limit === 0 || /^0+(\.0+)? ?%$/.test(String(limit)) || asks(words, 'tolerate')) return [];
  return [
    {
      what: 'quarantine',
      name: String(limit),
      step: step.id,
      reason: `up to ${limit}${typeof limit === 'number' ? ' rows' : ''} that do not fit would be set aside, and the words do not allow for that`,
    },
  ];
}

/** SQL from a file that the person did not name: what is in it is not theirs. */
function fileBeyond(step: Step, file: string | undefined, words: Words): Beyond[] {
  if (
    file === undefined ||
    words.text.includes(plain(file)) ||
    words.text.includes(plain(file.slice(file.lastIndexOf('/') + 1)))
  )
    return [];
  return [
    {
      what: 'file',
      name: file,
      step: step.id,
      reason: `its SQL comes from the file ${file}, which the words do not name`,
    },
  ];
}

const ADDRESS = /\b([a-z][a-z0-9+.-]{1,20}):\/\/([^\s/?#'"<>]+)/gi;

/** Every address in a step that names a host: the host has to be the person's. */
function addressesIn(step: Step, words: Words): Beyond[] {
  const hosts = new Map<string, string>();
  const visit = (value: unknown, key: string): void => {
    if (typeof value === 'string' && key !== 'description') {
      for (const [, scheme, authority] of value.matchAll(ADDRESS)) {
        if (scheme!.toLowerCase() !== 'secret')
          hosts.set(hostOf(authority!), `${scheme}://${hostOf(authority!)}`);
      }
      if (/^(url|host|endpoint|bucket|recipient|webhook)$/i.test(key) && !value.includes('://'))
        hosts.set(hostOf(value), value);
    }
    if (Array.isArray(value)) for (const item of value) visit(item, key);
    else if (isObject(value)) for (const [below, item] of Object.entries(value)) visit(item, below);
  };
  visit(step.input, '');
  return [...hosts].flatMap(([host, shown]): Beyond[] =>
    spellsHost(words, host)
      ? []
      : [
          {
            what: 'destination',
            name: shown,
            step: step.id,
            reason: `it has the address ${shown}, which the words do not name`,
          },
        ],
  );
}

const hostOf = (authority: string): string =>
  authority.replace(/^.*@/, '').replace(/:\d+$/, '').toLowerCase();

/** The host itself: neither a part of it nor one that only ends or begins like it. */
function spellsHost(words: Words, host: string): boolean {
  const escaped = host.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(^|[^a-z0-9.-])${escaped}($|[^a-z0-9.-]|\\.(\\s|$))`).test(words.text);
}
