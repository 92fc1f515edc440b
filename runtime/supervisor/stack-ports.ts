import { claimPort } from '../port-claims';
import { choosePort, type PortWish } from '../ports';
import type { StackState, WorkerState } from '../stack-file';

/** Where the search for a free port starts. Not 5432, where a PostgreSQL of one's own may start at any time. */
export const FIRST_PORTS = { postgres: 15_432, temporal: 7233, ui: 8233, metrics: 9464 };

type Purpose = Exclude<keyof typeof FIRST_PORTS, 'metrics'>;

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
  const all = {
    postgres: stack.postgres.port,
    temporal: stack.temporal.port,
    ui: stack.temporal.uiPort,
  };
  const others = Object.entries(all).filter(([name]) => name !== mine);
  return new Set(others.map(([, port]) => port).filter((port) => port !== undefined));
}

let turn: Promise<unknown> = Promise.resolve();

/**
 * A port for the metrics of one worker; of a cluster's several only the first has the configured one. They are started
 * side by side and choose one after the other.
 * @throws `port_in_use`
 */
export function metricsPort(stack: StackState, worker: WorkerState, number: number): Promise<number> {
  const mine = turn.then(async () => {
    const others = [stack.worker, ...(stack.moreWorkers ?? [])].filter((other) => other !== worker);
    const taken = new Set(others.map((other) => other.metricsPort).filter((port) => port !== undefined));
    const wish = { what: "the worker's metrics", key: 'stack.metricsPort', from: FIRST_PORTS.metrics };
    const configured = number === 1 ? stack.wish.metricsPort : undefined;
    worker.metricsPort = await choosePort(
      { ...wish, configured, last: worker.metricsPort },
      taken,
      claimPort,
    );
    return worker.metricsPort;
  });
  turn = mine.catch(() => undefined);
  return mine;
}
