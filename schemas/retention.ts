import { z } from 'zod';
import { durationMs, durationSchema } from './goal';

/** An amount of storage: `500MB`, `10GB` (powers of 1,000), `0`. */
export const sizeSchema = z
  .string()
  .regex(/^(0|[1-9][0-9]*(B|kB|MB|GB|TB))$/, 'an amount of storage like 500MB or 10GB, or 0');

/** How long Sluice keeps what it keeps beside the data. The defaults are those of docs/retention.md. */
export const retentionSchema = z
  .strictObject({
    /** What undo needs: dropped tables, rows as they were before. */
    undo: durationSchema.default('7d'),
    /** How much of that may be held at once in a warehouse; a change beyond it is lossy, and says so. */
    undoBytes: sizeSchema.default('10GB'),
    /** Rows that did not fit. */
    quarantine: durationSchema.default('30d'),
    /** Shadows that no rehearsal uses any more (they hold samples of rows). */
    shadows: durationSchema.default('1h'),
    /** Artifacts that no run refers to any more. */
    artifacts: durationSchema.default('90d'),
    /** Ledger rows of what was undone, never happened, or only read. */
    ledger: durationSchema.default('365d'),
    /** Runs that have ended, with their proposals, decisions and events. */
    runs: durationSchema.default('365d'),
    /** Asks that have ended: words, progress, what models and tools answered. */
    asks: durationSchema.default('90d'),
    /** What calls of models were booked with: numbers, no texts. */
    calls: durationSchema.default('1095d'),
    /** OpenLineage events that have arrived; the graph of what is made of what stays. */
    lineage: durationSchema.default('30d'),
    /** How much of them may be kept at once; beyond it the oldest go first. */
    lineageBytes: sizeSchema.default('1GB'),
    /** Notices that were sent or given up, of runs that have ended. */
    notices: durationSchema.default('30d'),
    noticesBytes: sizeSchema.default('100MB'),
  })
  .superRefine((given, ctx) => {
    for (const key of ['ledger', 'runs'] as const) {
      if (durationMs(given[key]) >= durationMs(given.undo)) continue;
      ctx.addIssue({
        code: 'custom',
        path: [key],
        message: `must be at least as long as undo (${given.undo}): a run that can be undone must be known`,
      });
    }
    if (durationMs(given.calls) >= durationMs(given.asks)) return;
    ctx.addIssue({
      code: 'custom',
      path: ['calls'],
      message: `must be at least as long as asks (${given.asks}): an ask on record has its costs`,
    });
  });

/** The same in milliseconds and bytes, with the text of each as a person wrote it. */
export interface Retention {
  undoMs: number;
  undoBytes: number;
  quarantineMs: number;
  shadowsMs: number;
  artifactsMs: number;
  ledgerMs: number;
  runsMs: number;
  asksMs: number;
  callsMs: number;
  lineage: { ms: number; bytes: number };
  notices: { ms: number; bytes: number };
  words: z.infer<typeof retentionSchema>;
}

/** The retention of a configuration; one from before there was any has the defaults. */
export function retentionOf(config: { retention?: z.infer<typeof retentionSchema> }): Retention {
  // Of a bundle from before there was all of it, what is missing has the defaults.
  const words = { ...retentionSchema.parse({}), ...config.retention };
  return {
    undoMs: durationMs(words.undo),
    undoBytes: sizeBytes(words.undoBytes),
    quarantineMs: durationMs(words.quarantine),
    shadowsMs: durationMs(words.shadows),
    artifactsMs: durationMs(words.artifacts),
    ledgerMs: durationMs(words.ledger),
    runsMs: durationMs(words.runs),
    asksMs: durationMs(words.asks),
    callsMs: durationMs(words.calls),
    lineage: { ms: durationMs(words.lineage), bytes: sizeBytes(words.lineageBytes) },
    notices: { ms: durationMs(words.notices), bytes: sizeBytes(words.noticesBytes) },
    words,
  };
}

/** Bytes of a size that matches {@link sizeSchema}. */
export function sizeBytes(text: string): number {
  const match = /^([0-9]+)(B|kB|MB|GB|TB)?$/.exec(text);
  if (!match) throw new RangeError(`not an amount of storage: ${text}`);
  const power = { B: 0, kB: 1, MB: 2, GB: 3, TB: 4 }[(match[2] ?? 'B') as 'B' | 'kB' | 'MB' | 'GB' | 'TB'];
  return Number(match[1]) * 1_000 ** power;
}

/** `32.8 kB` */
export function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
