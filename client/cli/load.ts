/* eslint-disable @typescript-eslint/no-require-imports -- what is loaded when it is called cannot be imported at the top */
import type * as failures from '../core/failures';
import type * as ask from './commands/ask';
import type * as asks from './commands/asks';
import type * as costs from './commands/costs';
import type * as goalFile from './commands/goal-file';
import type * as approve from './commands/approve';
import type * as audit from './commands/audit';
import type * as cancel from './commands/cancel';
import type * as knowledge from './commands/knowledge';
import type * as memory from './commands/memory';
import type * as lineageResend from './commands/lineage-resend';
import type * as lineage from './commands/lineage';
import type * as notify from './commands/notify';
import type * as pause from './commands/pause';
import type * as erase from './commands/erase';
import type * as login from './commands/login';
import type * as codecServer from './commands/codec-server';
import type * as diff from './commands/diff';
import type * as policy from './commands/policy';
import type * as reject from './commands/reject';
import type * as retry from './commands/retry';
import type * as runs from './commands/runs';
import type * as backfill from './commands/backfill';
import type * as schedule from './commands/schedule';
import type * as secret from './commands/secret';
import type * as show from './commands/show';
import type * as standing from './commands/standing';
import type * as doctor from './commands/doctor';
import type * as down from './commands/down';
import type * as status from './commands/status';
import type * as up from './commands/up';
import type * as sweep from './commands/sweep';
import type * as tracing from './tracing';
import type * as undo from './commands/undo';
import type * as deploy from './commands/deploy';
import type * as worker from './commands/worker';
import type * as token from './commands/token';
import type * as user from './commands/user';
import type * as words from './commands/words';

/**
 * Code that is loaded when it is called: the Temporal client, the database driver and the SQL grammar take half a
 * second to load, and neither `--help` nor a shell that completes a word nor a usage error should wait for them.
 */
export const load = {
  apply: () => (require('./commands/goal-file') as typeof goalFile).applyFile,
  ask: () => require('./commands/ask') as typeof ask,
  asks: () => require('./commands/asks') as typeof asks,
  costs: () => require('./commands/costs') as typeof costs,
  approve: () => (require('./commands/approve') as typeof approve).approve,
  lineageResend: () => (require('./commands/lineage-resend') as typeof lineageResend).lineageResend,
  lineage: () => (require('./commands/lineage') as typeof lineage).lineage,
  audit: () => require('./commands/audit') as typeof audit,
  knowledge: () => require('./commands/knowledge') as typeof knowledge,
  memory: () => require('./commands/memory') as typeof memory,
  cancel: () => (require('./commands/cancel') as typeof cancel).cancel,
  deploy: () => require('./commands/deploy') as typeof deploy,
  notify: () => require('./commands/notify') as typeof notify,
  pause: () => (require('./commands/pause') as typeof pause).pause,
  erase: () => (require('./commands/erase') as typeof erase).erase,
  login: () => require('./commands/login') as typeof login,
  codecServer: () => (require('./commands/codec-server') as typeof codecServer).codecServer,
  diff: () => (require('./commands/diff') as typeof diff).diff,
  plan: () => (require('./commands/goal-file') as typeof goalFile).planFile,
  policy: () => require('./commands/policy') as typeof policy,
  reject: () => (require('./commands/reject') as typeof reject).reject,
  resume: () => (require('./commands/pause') as typeof pause).resume,
  retry: () => (require('./commands/retry') as typeof retry).retry,
  runs: () => (require('./commands/runs') as typeof runs).runs,
  backfill: () => require('./commands/backfill') as typeof backfill,
  schedule: () => require('./commands/schedule') as typeof schedule,
  secret: () => require('./commands/secret') as typeof secret,
  show: () => (require('./commands/show') as typeof show).show,
  standing: () => require('./commands/standing') as typeof standing,
  doctor: () => (require('./commands/doctor') as typeof doctor).doctorCommand,
  down: () => (require('./commands/down') as typeof down).downCommand,
  status: () => (require('./commands/status') as typeof status).statusCommand,
  up: () => (require('./commands/up') as typeof up).upCommand,
  sweep: () => (require('./commands/sweep') as typeof sweep).sweep,
  tracing: () => require('./tracing') as typeof tracing,
  token: () => require('./commands/token') as typeof token,
  undo: () => (require('./commands/undo') as typeof undo).undo,
  user: () => require('./commands/user') as typeof user,
  words: () => (require('./commands/words') as typeof words).words,
  worker: () => (require('./commands/worker') as typeof worker).worker,
  failures: () => require('../core/failures') as typeof failures,
};
