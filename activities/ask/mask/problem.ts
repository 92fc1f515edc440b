import { scrub } from '../../../governance/redact';
import type { Problem } from '../../../schemas/errors';
import { pathAsData } from './names';

/** Characters of a message that are shown. */
const LONGEST = 500;

/**
 * A message of Sluice's own making: it holds names and numbers, and no values by its contract. What is quoted with `'`
 * could still be one, so it goes; so do lines and controls.
 */
export function messageAsData(message: string): string {
  const clean = scrub(message)
    .replace(/'[^']*'/g, `'?'`)
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ');
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean;
}

export function problemAsData(problem: Problem): object {
  const { code, message, state, next, step, place, faults } = problem;
  return {
    code,
    message: messageAsData(message),
    state: messageAsData(state),
    next: messageAsData(next),
    ...(step === undefined ? {} : { step }),
    ...(place === undefined ? {} : { place: pathAsData(place) }),
    ...(faults && faults.length > 0
      ? {
          faults: faults
            .slice(0, 20)
            .map((fault) => ({ path: pathAsData(fault.path), message: messageAsData(fault.message) })),
        }
      : {}),
  };
}
