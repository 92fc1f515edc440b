/** How the embedded Temporal dev server is started; shared by the product's stack and the tests. */
export interface TemporalServerOptions {
  port: number;
  /** Without it there is no web UI. */
  uiPort?: number;
  /** Without it everything is lost at the end. */
  dbFile?: string;
}

export const NAMESPACE = 'default';

/** What the command line of the server with this database holds, and of no other. */
export const temporalMark = (dbFile: string): string => `--db-filename ${dbFile} `;

export function temporalServerArguments({ port, uiPort, dbFile }: TemporalServerOptions): string[] {
  const database = [
    ['--db-filename', dbFile ?? ''],
    // Without write-ahead logging the server does three workflows a second.
    ['--sqlite-pragma', 'journal_mode=wal'],
    // What is acknowledged survives a SIGKILL of any process. It may lose its last instants when the machine loses its
    // power, then a workflow repeats its last activities, which changes nothing: a change happens exactly once by the
    // ledger in its target, committed with fsync there. `full` would close that gap for 1.6 times the time of every hop.
    ['--sqlite-pragma', 'synchronous=normal'],
  ];
  return [
    ['server', 'start-dev'],
    ['--ip', '127.0.0.1'],
    ['--port', String(port)],
    uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)],
    ['--log-format', 'json'],
    ['--log-level', 'warn'],
    // The default of 20 polls a second lets every hop between an activity and its workflow wait 50 ms.
    ['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=1000'],
    ...(dbFile === undefined ? [] : database),
  ].flat();
}
