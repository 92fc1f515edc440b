import type { Command } from 'commander';
import type { CodecServerOptions } from '../commands/codec-server';
import { load } from '../load';
import { collect, examples, type Execute, flagsOf } from './register';
import { port } from './params';

/** `codec-server` */
export function registerCodec(program: Command, execute: Execute): void {
  program
    .command('codec-server')
    .helpGroup('The stack:')
    .description('decode what is encrypted for Temporal’s UI and CLI, for who may see it')
    .option('--port <n>', 'where it listens', port, 8081)
    .option(
      '--host <address>',
      'on which address; in front of another than loopback belongs TLS',
      '127.0.0.1',
    )
    .option('--origin <url>', 'a web page that may ask (repeatable; default: the stack’s UI)', collect)
    .option('--token <name>', 'the secret with the token that lets in', 'codec-token')
    .action((options: CodecServerOptions, command: Command) =>
      execute((terminal) => load.codecServer()(terminal, options), flagsOf(command)),
    )
    .addHelpText(
      'after',
      examples(
        ['sluice secret generate codec-token', 'makes the token'],
        ['sluice codec-server', 'serves until it is stopped'],
        ['temporal workflow show -w RUN --codec-endpoint http://127.0.0.1:8081 --codec-auth "Bearer …"', ''],
      ),
    );
}
