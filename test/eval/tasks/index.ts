import type { Task } from '../task';
import { changes } from './change';
import { checks } from './check';
import { ambiguous, forbidden, impossible, questions } from './dialogue';
import { hints, injections, languages } from './hard';
import { load } from './load';
import { models } from './model';
import { schedules } from './schedule';

export const TASKS: readonly Task[] = [
  ...load,
  ...models,
  ...checks,
  ...schedules,
  ...changes,
  ...questions,
  ...ambiguous,
  ...impossible,
  ...forbidden,
  ...injections,
  ...languages,
  ...hints,
];
