import { parseDocument } from 'yaml';
import { z } from 'zod';
import { fail } from '../../../schemas/errors';
import { RawFile } from '../../../sources/files/raw';
import { maskedDocument, withoutLiterals } from '../mask/document';
import { pathAsData } from '../mask/names';
import { fitting } from './limits';
import { isProjectFile } from './project-files';
import type { Tool } from './tool';

const inputSchema = z.strictObject({
  path: z.string().min(1).max(300).describe('A goal document (.yaml) or an SQL file (.sql) of the project.'),
});

/** A document of a person's is kilobytes. */
const LARGEST = 256 * 1024;
const SHOWN = 12_000;

/**
 * The project's own files count as written by its people, yet their literals, comments and descriptions may be
 * anybody's words, so they are left out (activities/ask/mask/document.ts). A data file is never shown as text.
 */
export const readFile: Tool<z.infer<typeof inputSchema>> = {
  name: 'read_file',
  description:
    'Shows a goal document or an SQL file of the project, without the literals and comments of its SQL and without descriptions. Data files are not text for you: use preview_source.',
  input: inputSchema,
  async run({ path }, ctx) {
    ctx.heartbeat();
    if (!isProjectFile(path)) {
      throw fail('permission_denied', `${pathAsData(path)} is no goal document and no SQL file.`, {
        next: 'list_files with of: project has those; preview_source looks into data files.',
      });
    }
    const text = await wholeText(ctx.bundle.root, path, ctx.signal);
    if (/\.sql$/i.test(path)) {
      const sql = await withoutLiterals(text);
      return {
        content: {
          path: pathAsData(path),
          sql: sql.slice(0, SHOWN),
          ...(sql.length > SHOWN ? { more_characters: sql.length - SHOWN } : {}),
        },
      };
    }
    return {
      content: fitting({ path: pathAsData(path), document: await maskedDocument(goalIn(text, path)) }),
    };
  },
};

async function wholeText(root: string, path: string, signal: AbortSignal): Promise<string> {
  const file = await RawFile.open(root, path);
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of file.chunks(signal)) {
    size += chunk.length;
    if (size > LARGEST)
      throw fail('source_invalid', `${pathAsData(path)} is larger than any goal document.`, {
        next: 'Read another file.',
      });
    parts.push(Buffer.from(chunk));
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Throws `source_invalid` for YAML that is no goal document: it may be data. */
function goalIn(text: string, path: string): unknown {
  const document = parseDocument(text, { uniqueKeys: true, logLevel: 'silent' });
  const value: unknown = document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 50 });
  if (typeof value === 'object' && value !== null && 'goal' in value && ('steps' in value || 'ask' in value))
    return value;
  throw fail('source_invalid', `${pathAsData(path)} is no goal document.`, {
    next: 'list_files with of: project has the files there are.',
  });
}
