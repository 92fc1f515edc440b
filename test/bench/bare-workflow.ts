import { proxyActivities } from '@temporalio/workflow';

const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: '1m' });

/** What any workflow with this many activities costs, whatever they do. */
export async function bare(activities: number): Promise<void> {
  for (let index = 0; index < activities; index++) await nothing();
}
