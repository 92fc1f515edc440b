import { createServer } from 'node:net';
import { fail } from '../schemas/errors';

/** Whether nothing listens on this loopback port now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

export interface PortWish {
  /** What the port is for, as a person calls it. */
  what: string;
  /** The key in the configuration. */
  key: string;
  /** From the configuration: this one or none. */
  configured?: number;
  /** Tried first: where it was the last time, so that bookmarks and connection strings stay good. */
  last?: number;
  /** Where to start looking. */
  from: number;
}

/**
 * The configured port, else the last one, else the next free one. Ports in `taken` are not considered, nor those that
 * cannot be claimed.
 * @throws `port_in_use`
 */
export async function choosePort(
  wish: PortWish,
  taken: ReadonlySet<number> = new Set(),
  claim: (port: number) => boolean = () => true,
): Promise<number> {
  const usable = async (port: number): Promise<boolean> =>
    !taken.has(port) && (await isFree(port)) && claim(port);
  if (wish.configured !== undefined) {
    if (await usable(wish.configured)) return wish.configured;
    throw fail(
      'port_in_use',
      `Port ${wish.configured}, configured for ${wish.what}, is in use by another process.`,
      {
        next: `Stop what listens there, or change ${wish.key} in sluice.config.yaml (without it, the next free port is taken).`,
        state: 'The stack was not started.',
        place: wish.key,
      },
    );
  }
  const candidates = wish.last === undefined ? [] : [wish.last];
  for (let port = wish.from; port < wish.from + 500; port++) candidates.push(port);
  for (const port of candidates) if (await usable(port)) return port;
  throw fail('port_in_use', `No free port for ${wish.what} from ${wish.from} to ${wish.from + 499}.`, {
    next: `Name a free one as ${wish.key} in sluice.config.yaml.`,
    state: 'The stack was not started.',
    place: wish.key,
  });
}
