import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { faultOf, type Answer } from './answer';
import { requestHash, type Body } from './request';

const POLL_MS = 50;

/**
 * A directory in which each request appears as NNNN.request.json and its answer is awaited as NNNN.response.json, so that
 * a person or another program is the model. A request that is made again, because the client lost the answer, is the same
 * file again: what was answered once is not asked twice.
 */
export class Bridge {
  /** Requests whose answer did not reach anybody yet. */
  private readonly open = new Map<string, string>();
  private last: number;

  constructor(private readonly directory: string) {
    mkdirSync(directory, { recursive: true });
    this.last = Math.max(
      0,
      ...readdirSync(directory).map((file) => Number(/^(\d{4,})\./.exec(file)?.[1] ?? 0)),
    );
  }

  /** `signal`: the client is gone; what is then answered is for its next attempt. */
  async answer(body: Body, signal: AbortSignal): Promise<Answer> {
    const hash = requestHash(body);
    const name = this.open.get(hash) ?? this.write(body);
    this.open.set(hash, name);
    return this.read(name, signal);
  }

  /** The answer was sent to its end: the same request is from now on another one. */
  delivered(body: Body): void {
    this.open.delete(requestHash(body));
  }

  private write(body: Body): string {
    this.last += 1;
    const name = path.join(this.directory, String(this.last).padStart(4, '0'));
    writeWhole(`${name}.request.json`, `${JSON.stringify(body, undefined, 2)}\n`);
    return name;
  }

  private async read(name: string, signal: AbortSignal): Promise<Answer> {
    const file = `${name}.response.json`;
    for (let said = ''; ; await sleep(POLL_MS, undefined, { signal })) {
      if (!existsSync(file)) continue;
      const text = readFileSync(file, 'utf8');
      const found = parse(text);
      if (typeof found !== 'string') {
        rmSync(`${name}.error.txt`, { force: true });
        return found;
      }
      // It may still be being written; what it says then is not worth a line yet.
      if (text !== said) said = text;
      else
        writeWhole(
          `${name}.error.txt`,
          `${path.basename(file)}: ${found}\nCorrect the file; it is read again.\n`,
        );
    }
  }
}

function parse(text: string): Answer | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return (error as Error).message;
  }
  return faultOf(value) ?? (value as Answer);
}

/** Nobody reads half a file. */
function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.tmp`, text);
  renameSync(`${file}.tmp`, file);
}
