/** A span of time as people write it: `30s`, `15m`, `12h`, `7d`. Free of zod: the command line loads it at every start. */
export const DURATION = /^[1-9][0-9]*(ms|s|m|h|d)$/;

/** Milliseconds of a duration that matches {@link DURATION}. Throws `RangeError` for any other text. */
export function durationMs(text: string): number {
  const match = /^([0-9]+)(ms|s|m|h|d)$/.exec(text);
  if (!match) throw new RangeError(`not a duration: ${text}`);
  const unit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[
    match[2] as 'ms' | 's' | 'm' | 'h' | 'd'
  ];
  return Number(match[1]) * unit;
}
