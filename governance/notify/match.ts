import type { Notifier } from '../../schemas/notifiers';
import type { Message } from './message';

/** Whether this notifier wants this message. A filter that is absent lets everything through. */
export function wants(
  { events, goals, owners, environments }: Notifier,
  message: Pick<Message, 'event' | 'goal' | 'owner' | 'environment'>,
): boolean {
  if (message.event === 'test') return true;
  return (
    (events === undefined || (events as readonly string[]).includes(message.event)) &&
    (goals === undefined || goals.some((pattern) => fits(pattern, message.goal))) &&
    (owners === undefined || owners.some((pattern) => fits(pattern, message.owner))) &&
    (environments === undefined || (environments as readonly string[]).includes(message.environment))
  );
}

function fits(pattern: string, text: string): boolean {
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}
