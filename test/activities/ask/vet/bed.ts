import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { llmSchema } from '../../../../schemas/llm';
import { registry } from '../../../../capabilities/registry';
import type { Tool, ToolAnswer, ToolContext } from '../../../../activities/ask/tools/tool';
import { assembleParts } from '../../../../activities/ask/assembled';
import type { Bundle, Services } from '../../../../activities/services';
import type { AskInput } from '../../../../schemas/ask';
import { configSchema } from '../../../../schemas/config';
import { canonicalJson, sha256 } from '../../../../store/digest';
import type { Warehouse } from '../../../../warehouses/warehouse';

/** Artifacts in memory: content-addressed as the real ones. */
export class MemoryArtifacts {
  readonly kept = new Map<string, Buffer>();

  async put(_kind: string, body: Buffer): Promise<string> {
    const hash = sha256(body);
    this.kept.set(hash, body);
    return hash;
  }
  putJson(kind: string, value: unknown): Promise<string> {
    return this.put(kind, Buffer.from(canonicalJson(value)));
  }
  async get(hash: string): Promise<Buffer> {
    return this.kept.get(hash)!;
  }
  async getJson<T>(hash: string): Promise<T> {
    return JSON.parse(this.kept.get(hash)!.toString('utf8')) as T;
  }
}

/** A store without rows. */
const EMPTY_DB = new Kysely<never>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

export interface Asking {
  text: string;
  head?: Record<string, unknown>;
  /** What the person answered to questions of this ask. */
  answers?: string[];
  root?: string;
  planRows?: number;
  role?: string;
  previous?: string;
  /** The ask before, in the same chat, with the document that came of it. */
  before?: { text: string; document?: { document?: Record<string, unknown>; beyond?: unknown[] } };
  /** Goals there are already. */
  goals?: readonly string[];
  recovers?: AskInput['recovers'];
  /** The bundle of the run that failed. */
  failed?: object;
  connections?: Record<string, unknown>;
}

export interface Bed {
  artifacts: MemoryArtifacts;
  ctx: ToolContext;
  tool(name: string, role?: string): Tool;
  call(name: string, input: unknown, role?: string): Promise<ToolAnswer>;
}

/** Roles and their tools do not change between asks, and take a while to be put together. */
const parts = assembleParts(registry);
const known = new Map<string, readonly Tool[]>();
function toolsOf(role: string): readonly Tool[] {
  const tools = known.get(role) ?? parts.toolsOf(parts.roles.get(role)!);
  known.set(role, tools);
  return tools;
}

/** An ask as a control tool meets it: real vetting over the given warehouse, with a store in memory. */
export async function bedFor(asking: Asking, warehouse?: Warehouse): Promise<Bed> {
  const artifacts = new MemoryArtifacts();
  const config = configSchema.parse({
    connections: asking.connections ?? {},
    llm: llmSchema.parse({ ...(asking.planRows ? { limits: { planRows: asking.planRows } } : {}) }),
  });
  const bundle = {
    goal: {} as never,
    config,
    root: asking.root ?? '/nowhere',
    files: {},
  } satisfies Bundle;
  const input: AskInput = {
    text: asking.text,
    bundle: 'b',
    ...(asking.head ? { head: asking.head } : {}),
    ...((asking.previous ?? asking.before) ? { previous: asking.previous ?? 'ask-0' } : {}),
    ...(asking.recovers ? { recovers: asking.recovers } : {}),
  };
  const failed = await artifacts.putJson('bundle', asking.failed ?? {});
  const before = asking.before && {
    askId: 'ask-0',
    input: await artifacts.putJson('ask_input', { text: asking.before.text, bundle: 'b' }),
    document: { document: {}, beyond: [], ...asking.before.document },
  };
  const services = {
    warehouse: () => Promise.resolve(warehouse),
    store: {
      artifacts,
      asks: {
        get: (id: string) => Promise.resolve(id === 'ask-0' ? before : undefined),
        events: (id: string) =>
          Promise.resolve(
            id === 'ask-1' ? (asking.answers ?? []).map((text) => ({ kind: 'answer' as const, text })) : [],
          ),
      },
      db: EMPTY_DB,
      schedules: { find: () => Promise.resolve(undefined) },
      runs: {
        list: ({ goal }: { goal: string }) =>
          Promise.resolve((asking.goals ?? []).includes(goal) ? [{ goal, startedBy: 'bob' }] : []),
        get: () => Promise.resolve(asking.failed ? { runId: 'run-1', bundle: failed } : undefined),
      },
    },
    registry,
    project: { config, root: bundle.root },
  } as unknown as Services;
  const role = asking.role ?? 'planner';
  const ask = { askId: 'ask-1', input: await artifacts.putJson('ask_input', input), by: 'ann' };
  const ctx: ToolContext = {
    services,
    agent: { ask, agent: role, role },
    bundle,
    warehouse: warehouse as Warehouse,
    signal: new AbortController().signal,
    heartbeat: () => undefined,
  };
  const tool = (name: string, of = role): Tool => {
    const found = toolsOf(of).find((each) => each.name === name);
    if (!found) throw new Error(`${of} has no tool ${name}`);
    return found;
  };
  return {
    artifacts,
    ctx,
    tool,
    call(name, given, of) {
      const called = tool(name, of);
      return called.run(called.input.parse(given), ctx);
    },
  };
}
