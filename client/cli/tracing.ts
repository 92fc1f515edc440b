import packageJson from '../../package.json';
import { inSpan } from '../../runtime/tracing/span';
import { isTraced, startTracing } from '../../runtime/tracing/start';

/**
 * Runs one command inside a span, the root of what it causes, and sends the spans before the process ends. Of the
 * command line only the command's own words are in it: arguments may hold anything.
 */
export async function traceCommand(args: readonly string[], work: () => Promise<number>): Promise<number> {
  if (!isTraced(process.env)) return work();
  const tracing = startTracing('sluice-cli', packageJson.version);
  const [command = 'sluice'] = args.filter((arg) => !arg.startsWith('-'));
  try {
    return await inSpan(`sluice ${command}`, {}, async (span) => {
      const exitCode = await work();
      span.setAttribute('process.exit.code', exitCode);
      return exitCode;
    });
  } finally {
    await tracing.stop();
  }
}
