import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type Anthropic from '@anthropic-ai/sdk';
import type { Answer } from './answer';
import { requestHash, type Body } from './request';

interface Recording {
  model: string;
  /** Hashes of the parts of the request, to say what differs when none matches. */
  parts: Record<string, string>;
  answer: Answer;
}

/** Answers by what was asked: one file per canonical request, named by its hash. */
export class Recordings {
  constructor(private readonly directory: string) {}

  record(body: Body, message: Anthropic.Message): void {
    mkdirSync(this.directory, { recursive: true });
    const { content, stop_reason, stop_sequence, stop_details } = message;
    const recording: Recording = {
      model: body.model,
      parts: partsOf(body),
      answer: { content: content as Answer['content'], stop_reason, stop_sequence, stop_details },
    };
    const file = this.file(requestHash(body));
    writeFileSync(`${file}.tmp`, `${JSON.stringify(recording, undefined, 1)}\n`);
    renameSync(`${file}.tmp`, file);
  }

  replay(body: Body): Answer | undefined {
    const file = this.file(requestHash(body));
    if (!existsSync(file)) return undefined;
    return (JSON.parse(readFileSync(file, 'utf8')) as Recording).answer;
  }

  /** Why there is no answer: the nearest recording and what differs from it. */
  miss(body: Body): string {
    const hash = requestHash(body);
    const parts = partsOf(body);
    const differing = (other: Recording) =>
      [...new Set([...Object.keys(parts), ...Object.keys(other.parts)])].filter(
        (key) => parts[key] !== other.parts[key],
      );
    const nearest = this.all()
      .map((one) => ({ name: one.name, differs: differing(one.recording) }))
      .sort((a, b) => a.differs.length - b.differs.length)[0];
    const near = nearest
      ? `The nearest, ${nearest.name}, differs in ${nearest.differs.join(', ')}.`
      : 'There is none at all.';
    return `no recording of request ${hash.slice(0, 16)} in ${this.directory}. ${near}`;
  }

  private all(): { name: string; recording: Recording }[] {
    if (!existsSync(this.directory)) return [];
    return readdirSync(this.directory)
      .filter((name) => name.endsWith('.json'))
      .map((name) => ({
        name,
        recording: JSON.parse(readFileSync(path.join(this.directory, name), 'utf8')) as Recording,
      }));
  }

  private file(hash: string): string {
    return path.join(this.directory, `${hash.slice(0, 32)}.json`);
  }
}

function partsOf(body: Body): Record<string, string> {
  const short = (value: unknown) =>
    createHash('sha256')
      .update(JSON.stringify(value) ?? '')
      .digest('hex')
      .slice(0, 12);
  const { messages, stream: _, metadata: __, ...rest } = body;
  return Object.fromEntries([
    ...Object.entries(rest).map(([key, value]) => [key, short(value)]),
    ...messages.map((message, at) => [`messages.${at}`, short(message)]),
  ]) as Record<string, string>;
}
