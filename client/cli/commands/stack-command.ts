import { findHome } from '../../../runtime/home';

/** What the commands about the stack take; the program fills it in from its flags. */
export interface StackCommandOptions {
  /** Default: found from `cwd` and `SLUICE_HOME`. */
  home?: string;
  /** Default: the working directory. */
  cwd?: string;
  /** Default: this process's. */
  env?: NodeJS.ProcessEnv;
  /** `up --cluster`: how many workers; 0: back to the dev server. Default: as it was. */
  clusterWorkers?: number;
  /** Narration, one line at a time; the program writes it to stderr. Default: nothing is said. */
  say?: (line: string) => void;
}

/** What such a command found: the program prints `document` with `--json`, else `text`, and exits with `exitCode`. */
export interface StackCommandResult<Document> {
  document: Document;
  text: string;
  exitCode: number;
}

export const homeOf = ({ home, cwd }: StackCommandOptions): string => home ?? findHome(cwd);
