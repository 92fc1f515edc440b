import pino, { type Logger } from 'pino';
import { scrub, scrubDeep } from '../governance/redact';

/**
 * The process's log: JSON lines, or coloured text on a terminal. Every string is scrubbed of the secrets this process
 * has resolved before it is written. `SLUICE_LOG` sets the level (default `info`).
 */
export function createLog(name: string, env: NodeJS.ProcessEnv = process.env): Logger {
  const options: pino.LoggerOptions = {
    name,
    level: env.SLUICE_LOG ?? 'info',
    base: { name, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }), log: (fields) => scrubDeep(fields) },
    hooks: {
      logMethod(args, method) {
        method.apply(
          this,
          args.map((arg) => (typeof arg === 'string' ? scrub(arg) : arg)) as Parameters<typeof method>,
        );
      },
    },
    redact: { paths: ['password', '*.password', 'url', '*.url'], censor: '[redacted]' },
  };
  if (process.stderr.isTTY !== true) return pino(options, pino.destination(2));
  return pino({
    ...options,
    transport: { target: 'pino-pretty', options: { destination: 2, ignore: 'pid,hostname,name' } },
  });
}
