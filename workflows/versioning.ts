import { setWorkflowOptions, workflowInfo } from '@temporalio/workflow';
import { goal } from './goal';
import { undo } from './undo';

/**
 * With versioned workers (SLUICE_DEPLOYMENT) what may wait for people for days moves to the newest version, which
 * replays its history: that is the worker's default, AUTO_UPGRADE. What is short ends on the version it began with; a
 * client says in the memo that a run only plans. A worker without versions must not name a behaviour: the server
 * refuses the task.
 */
type Behaviour = { versioningBehavior?: 'PINNED' };

const short = (): Behaviour =>
  workflowInfo().currentDeploymentVersion?.deploymentName ? { versioningBehavior: 'PINNED' } : {};

const unlessItWaits = (): Behaviour => (workflowInfo().memo?.mode === 'plan' ? short() : {});
setWorkflowOptions(unlessItWaits, goal);
setWorkflowOptions(unlessItWaits, undo);
