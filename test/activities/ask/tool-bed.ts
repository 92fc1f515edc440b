import { readingTools } from '../../../activities/ask/tools';
import type { Tool, ToolContext } from '../../../activities/ask/tools/tool';
import type { Bundle } from '../../../activities/services';
import { configSchema } from '../../../schemas/config';
import { SluiceError, type Problem } from '../../../schemas/errors';
import { LifeBed } from '../../retention/life-bed';

/** A warehouse and a store, and the reading tools over them, as the agent loop calls them. */
export class ToolBed {
  private constructor(
    readonly bed: LifeBed,
    readonly config: object,
  ) {}

  static async make(name: string, config: object = {}): Promise<ToolBed> {
    return new ToolBed(await LifeBed.make(name), config);
  }

  close(): Promise<void> {
    return this.bed.close();
  }

  /** As the warehouse's owner. */
  async run(sql: string): Promise<void> {
    await this.bed.admin.query(`set role sluice_writer; ${sql}; reset role`);
  }

  bundle(more: Partial<Bundle> = {}): Bundle {
    const head = this.bed.bundle({ goal: 'asked', steps: [{ id: 's', sql: { statements: 'select 1' } }] });
    return { ...head, config: configSchema.parse(this.config), ...more };
  }

  async context(more: Partial<ToolContext> = {}): Promise<ToolContext> {
    const bundle = more.bundle ?? this.bundle();
    const { services } = this.bed;
    const ask = { askId: 'ask-1', input: '', by: 'ann' };
    return {
      ...{ services, bundle, warehouse: await services.warehouse(bundle) },
      ...{ agent: { ask, agent: 'planner', role: 'planner' } },
      ...{ signal: new AbortController().signal, heartbeat: () => undefined },
      ...more,
    };
  }

  /** What a model is told. */
  async call(tool: string | Tool<never>, input: object, more: Partial<ToolContext> = {}): Promise<Answer> {
    const found = typeof tool === 'string' ? readingTools.get(tool)! : (tool as unknown as Tool);
    const parsed = found.input.parse(input);
    const { content } = await found.run(parsed, await this.context(more));
    return content as Answer;
  }

  /** What it is told instead. */
  async refusal(
    tool: string | Tool<never>,
    input: object,
    more: Partial<ToolContext> = {},
  ): Promise<Problem> {
    try {
      await this.call(tool, input, more);
    } catch (cause) {
      if (cause instanceof SluiceError) return cause.problem;
      throw cause;
    }
    throw new Error('it was not refused');
  }
}

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- each tool's answer has its own form. */
export type Answer = any;
