import { commandName } from './invocation';
import { runCli } from './run';

/** The `sluice` program: what `bin/sluice` loads. */
for (const stream of [process.stdout, process.stderr]) {
  // Whoever reads has seen enough (`sluice runs | head -1`).
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    throw error;
  });
}

const cwd = process.cwd();
const command = commandName(process.argv[1], cwd, process.env);
const { stdin, stdout, stderr, env } = process;
void runCli(process.argv.slice(2), { stdin, stdout, stderr, env, cwd, command }).then((exitCode) => {
  process.exitCode = exitCode;
});
