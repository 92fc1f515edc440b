import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { withoutSecrets } from '../../../governance/secret-shapes';
import { fail } from '../../../schemas/errors';
import { chunksOf, titleOf } from '../../../store/knowledge/chunk';
import type { KnowledgeDocument } from '../../../store/knowledge/knowledge';
import type { DocumentKind } from '../../../store/knowledge/tables';
import { dbtDocuments } from './dbt';

const TEXTS = /\.(md|markdown|mdx|txt|rst|adoc)$/i;
const LARGEST = 5 * 1024 * 1024;
const FILES = 5_000;

/**
 * What is to be known of a file, of a folder's texts, or of dbt's manifest.json. Sources are relative to `cwd`, so that the
 * same project adds the same documents wherever it lies. Secrets in the texts are masked.
 * Throws `not_found`, `usage` for what is no text.
 */
export function documentsAt(given: string, cwd: string, kind: DocumentKind): KnowledgeDocument[] {
  const file = path.resolve(cwd, given);
  const info = statSync(file, { throwIfNoEntry: false });
  if (!info)
    throw fail('not_found', `There is no file or folder ${given}.`, {
      next: 'Correct the path.',
      place: given,
    });
  if (info.isFile() && /\.json$/i.test(file)) return dbtDocuments(textOf(file, given), sourceOf(file, cwd));
  const files = info.isDirectory() ? textsBelow(file) : [file];
  if (info.isFile() && !TEXTS.test(file)) {
    throw fail(
      'usage',
      `${given} is no text that can be read: .md, .txt, .rst, .adoc, or dbt's manifest.json.`,
      {
        next: 'Name one of these, or a folder of them.',
        place: given,
      },
    );
  }
  if (files.length === 0) {
    throw fail('not_found', `There is no .md, .txt, .rst or .adoc file in ${given}.`, {
      next: 'Name another folder.',
      place: given,
    });
  }
  return files.map((each): KnowledgeDocument => {
    const text = withoutSecrets(textOf(each, given));
    const source = sourceOf(each, cwd);
    return { kind, source, title: titleOf(text) ?? source, chunks: chunksOf(text) };
  });
}

const sourceOf = (file: string, cwd: string): string => path.relative(cwd, file).split(path.sep).join('/');

function textOf(file: string, given: string): string {
  const bytes = readFileSync(file);
  // PostgreSQL's text has no NUL; neither has anything that is a text.
  if (bytes.length > LARGEST && !/\.json$/i.test(file) ? true : bytes.includes(0)) {
    throw fail('usage', `${path.basename(file)} is no text, or larger than 5 MB.`, {
      next: 'Leave it out.',
      place: given,
    });
  }
  return bytes.toString('utf8');
}

function textsBelow(folder: string): string[] {
  const found: string[] = [];
  const walk = (at: string): void => {
    for (const entry of readdirSync(at, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (found.length >= FILES || entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const below = path.join(at, entry.name);
      if (entry.isDirectory()) walk(below);
      else if (entry.isFile() && TEXTS.test(entry.name)) found.push(below);
    }
  };
  walk(folder);
  return found;
}
