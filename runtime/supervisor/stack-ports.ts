import { claimPort } from '../port-claims';
import { choosePort, type PortWish } from '../ports';
import type { StackState } from '../stack-file';

/** Where the search for a free port starts. Not 5432, where a PostgreSQL of one's own may start at any time. */
export const FIRST_PORTS = { postgres: 15_432, temporal: 7233, ui: 8233 };

type Purpose = keyof typeof FIRST_PORTS;

/**
 * A port for one part of the stack: none that another part has, and claimed, so that no other stack takes it.
 * @throws `port_in_use`
 */
export function stackPort(
  stack: StackState,
  purpose: Purpose,
  wish: Omit<PortWish, 'from'>,
): Promise<number> {
  return choosePort({ ...wish, from: FIRST_PORTS[purpose] }, portsOfOthers(stack, purpose), claimPort);
}

/** Ports that the stack's other parts have or are about to take. */
function portsOfOthers(stack: StackState, mine: Purpose): Set<number> {
  const all = { postgres: stack.postgres.port, temporal: stack.temporal.port, ui: stack.temporal.uiPort };
  const others = Object.entries(all).filter(([name]) => name !== mine);
  return new Set(others.map(([, port]) => port).filter((port) => port !== undefined));
}
