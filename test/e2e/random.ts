/** A small seeded generator (mulberry32), so that a failing run can be run again: SLUICE_SEED=… */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function seedOf(env: NodeJS.ProcessEnv = process.env): number {
  return env.SLUICE_SEED === undefined ? Math.floor(Math.random() * 1e9) : Number(env.SLUICE_SEED);
}
