import { z } from 'zod';
import { fail } from '../../../schemas/errors';
import { nameSchema } from '../../../schemas/goal';
import type { FoundFile } from '../../../sources/sources';
import { pathAsData } from '../mask/names';
import { fitting } from './limits';
import { projectFiles } from './project-files';
import type { Tool, ToolContext } from './tool';

const inputSchema = z.strictObject({
  glob: z.string().min(1).max(300).default('**/*').describe('Relative to the root: flights/*.csv'),
  connection: nameSchema.optional().describe('A files connection; default: the root of files.'),
  of: z
    .enum(['data', 'project'])
    .default('data')
    .describe('data: files to load; project: goal documents and SQL files.'),
  limit: z.number().int().min(1).max(300).default(100),
});

export const listFiles: Tool<z.infer<typeof inputSchema>> = {
  name: 'list_files',
  description:
    'Files below the root: names, sizes, when they were written. Use it to find what can be loaded (preview_source looks into one) or which goals and SQL files the project has (read_file shows one).',
  input: inputSchema,
  async run({ glob, connection, of, limit }, ctx) {
    ctx.heartbeat();
    const found = of === 'project' ? await project(ctx) : await data(glob, connection, ctx);
    const kinds = new Map<string, number>();
    for (const { path } of found) {
      const kind = /\.[A-Za-z0-9]{1,8}(\.gz)?$/.exec(path)?.[0].toLowerCase() ?? '(none)';
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    const files = found.slice(0, limit).map(({ path, size, modified }) => ({
      path: pathAsData(path),
      size,
      ...(modified === undefined ? {} : { modified: new Date(modified).toISOString().slice(0, 16) }),
    }));
    return {
      content: fitting({ found: found.length, kinds: Object.fromEntries([...kinds].slice(0, 30)), files }),
    };
  },
};

async function data(glob: string, connection: string | undefined, ctx: ToolContext): Promise<FoundFile[]> {
  const sources = ctx.services.sources(ctx.bundle);
  try {
    return await sources.list([glob], connection);
  } finally {
    await sources.close();
  }
}

async function project({ bundle, signal }: ToolContext): Promise<FoundFile[]> {
  const found = await projectFiles(bundle.root, signal);
  if (found.length > 0) return found;
  throw fail('source_missing', 'The project has no goal documents and no SQL files.', {
    next: 'Propose a goal; it becomes a file when a person saves it.',
  });
}
