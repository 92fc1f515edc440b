import type { Notice } from '../../schemas/notifiers';

/** What is told, whoever it is told to: no row values, no secrets. Stored as it is sent. */
export interface Message {
  event: Notice;
  /** One line. */
  title: string;
  /** Sentences, one a line. */
  text: string[];
  goal: string;
  runId: string;
  workflowId: string;
  status: string;
  owner: string;
  environment: string;
  warehouse: string;
  digest?: string;
  /** ISO 8601: until when it can be decided. */
  expiresAt?: string;
  code?: string;
  /** What can be done, as it is typed. */
  commands: { label: string; command: string }[];
  /** The run in Temporal's UI, where that is known. */
  link?: string;
  /** ISO 8601: when it became so. */
  at: string;
}

/** The message as plain text, for a log, a mail and a phone. */
export function plainText(message: Message): string {
  const facts = [
    ['goal', message.goal],
    ['run', message.runId],
    ['status', message.status],
    ['owner', message.owner],
    ['warehouse', `${message.warehouse} (${message.environment})`],
    ['digest', message.digest?.slice(0, 12) ?? ''],
    ['until', message.expiresAt ?? ''],
    ['link', message.link ?? ''],
  ].filter(([, value]) => value !== '');
  return [
    message.title,
    '',
    ...message.text,
    '',
    ...facts.map(([name, value]) => `${name!.padEnd(10)}${value}`),
    ...(message.commands.length === 0 ? [] : ['']),
    ...message.commands.map(({ label, command }) => `${label.padEnd(10)}${command}`),
  ].join('\n');
}
