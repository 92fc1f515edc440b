import { openCodecServer } from '../../core/codec-server';
import type { CommandResult, Terminal } from '../terminal';
import { homeOf } from '../home';

export interface CodecServerOptions {
  host: string;
  port: number;
  origin?: string[];
  token: string;
}

/** `sluice codec-server`: serves until it is told to stop (SIGINT, SIGTERM). */
export async function codecServer(terminal: Terminal, options: CodecServerOptions): Promise<CommandResult> {
  const { env, cwd } = terminal.surroundings;
  const server = await openCodecServer(homeOf(terminal), {
    ...{ host: options.host, port: options.port, token: options.token, env, cwd },
    ...(options.origin ? { origins: options.origin } : {}),
    log: (fields, message) =>
      terminal.say(`${new Date().toISOString()} ${message} ${JSON.stringify(fields)}`),
  });
  terminal.say(`Decoding for ${server.origins.join(', ') || 'no web page'} and the CLI, at ${server.url}`);
  terminal.say(`  temporal workflow show -w RUN --codec-endpoint ${server.url} --codec-auth "Bearer $TOKEN"`);
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, resolve);
  });
  await server.close();
  return {
    document: { url: server.url, stopped: signal },
    text: '',
    exitCode: 0,
  };
}
