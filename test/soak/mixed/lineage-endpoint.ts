import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** Where lineage is sent to: takes it, answers 500, or hangs up, as it is told. */
export interface LineageEndpoint {
  url: string;
  /** What it does from now on. */
  become(mood: Mood): void;
  /** Each event that was answered with success, once: run id of OpenLineage, type and time. */
  readonly received: ReadonlySet<string>;
  close(): void;
}

export const MOODS = ['well', 'failing', 'gone'] as const;
export type Mood = (typeof MOODS)[number];

interface OpenLineageEvent {
  eventType: string;
  eventTime: string;
  run: { runId: string };
}

export async function lineageEndpoint(): Promise<LineageEndpoint> {
  let mood: Mood = 'well';
  const received = new Set<string>();
  const server = createServer((request, response) => {
    if (mood === 'gone') return void request.socket.destroy();
    void json(request).then(
      (body) => {
        if (mood === 'failing') return void response.writeHead(500).end();
        for (const event of [body].flat() as OpenLineageEvent[]) {
          received.add(`${event.run.runId} ${event.eventType} ${event.eventTime}`);
        }
        response.writeHead(201).end();
      },
      () => response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    become(next) {
      mood = next;
    },
    received,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
