import type { Message } from './message';

/** Characters of one section: Slack takes 3000. */
const MOST = 2_800;

/** `&`, `<` and `>` are Slack's only control characters: what is escaped is neither a link nor a mention. */
function text(plain: string): string {
  const escaped = plain.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return escaped.length > MOST ? `${escaped.slice(0, MOST)}…` : escaped;
}

/** An incoming webhook's body: https://api.slack.com/block-kit. */
export function slackBody(message: Message): string {
  const facts = [
    ['Goal', message.goal],
    ['Run', message.runId],
    ['Status', message.status],
    ['Where', `${message.warehouse} (${message.environment})`],
    ...(message.owner === '' ? [] : [['Owner', message.owner]]),
    ...(message.expiresAt === undefined ? [] : [['Until', message.expiresAt]]),
  ];
  const commands = message.commands.map(({ command }) => command).join('\n');
  return JSON.stringify({
    text: text(message.title),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: message.title.slice(0, 150), emoji: false } },
      ...(message.text.length === 0
        ? []
        : [{ type: 'section', text: { type: 'mrkdwn', text: text(message.text.join('\n')) } }]),
      {
        type: 'section',
        fields: facts.map(([name, value]) => ({ type: 'mrkdwn', text: `*${name}*\n${text(value!)}` })),
      },
      ...(commands === ''
        ? []
        : [{ type: 'section', text: { type: 'mrkdwn', text: `\`\`\`${text(commands)}\`\`\`` } }]),
      ...(message.link === undefined
        ? []
        : [
            {
              type: 'actions',
              elements: [
                {
                  type: 'button',
                  text: { type: 'plain_text', text: 'Open in Temporal' },
                  url: message.link,
                },
              ],
            },
          ]),
    ],
  });
}
