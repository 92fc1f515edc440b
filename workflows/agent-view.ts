import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { AgentState } from '../schemas/agent';
import { STATUS } from './attributes';
import { quoted } from './details-text';

/** What operators see of an agent: whose it is, how many calls it has made, what it does now. */
export class AgentView {
  constructor(private readonly state: AgentState) {
    upsertSearchAttributes([{ key: STATUS, value: 'thinking' }]);
  }

  calling(): void {
    this.describe('waits for an answer of the model');
  }

  running(tools: readonly string[]): void {
    this.describe(`runs ${tools.map((name) => `\`${quoted(name)}\``).join(', ')}`);
  }

  private describe(what: string): void {
    const { agent, nth, maxCalls, repairs } = this.state;
    setCurrentDetails(
      [
        `**${quoted(agent.agent)}** of the ask \`${quoted(agent.ask.askId)}\` ${what}.`,
        `${nth} of at most ${maxCalls} calls made, ${repairs} rounds of correction. It changes nothing.`,
      ].join('\n\n'),
    );
  }
}
