import { psqlCommand } from '../../runtime/stack/status';
import type { Bundle } from '../../activities/services';
import type { Gate, Proposal, RunDocument } from '../../schemas/run';
import type { Link } from '../core/stack';

export interface Hint {
  label: string;
  text: string;
}

/** Where what a run has made can be looked at, and how to go back. */
export function hintsAfter(
  link: Link,
  run: RunDocument,
  proposal: Proposal | undefined,
  bundle: Bundle | undefined,
): Hint[] {
  const { runId, status } = run;
  // What was taken back is nowhere to be looked at.
  const acted =
    status === 'succeeded' && run.undoes === undefined
      ? (proposal?.changes.filter((change) => !change.noop) ?? [])
      : [];
  const written = acted.flatMap((change) => change.writes);
  // What was destroyed is nowhere to be looked at.
  const made = acted.filter((change) => change.risk !== 'destructive').flatMap((change) => change.writes);
  const relations = [...new Set(made)].filter((name) => !name.endsWith('.*'));
  const hints: Hint[] = [];
  if (relations.length > 0) hints.push({ label: 'where', text: relations.join(', ') });
  if (written.length > 0 && isLocal(bundle)) hints.push({ label: 'look', text: psqlCommand(link.home) });
  const ui = link.uiUrl(run.workflowId);
  if (ui !== undefined) hints.push({ label: 'temporal', text: ui });
  // What was erased cannot come back, by intent.
  const erased = acted.some((change) => change.kind === 'erase');
  if (written.length > 0 && run.error === undefined && !erased)
    hints.push({ label: 'undo', text: `sluice undo ${runId}` });
  if (run.paused) hints.push({ label: 'go on', text: `sluice resume ${runId}` });
  if (status === 'held') {
    hints.push(
      { label: 'retry', text: `sluice retry ${runId}` },
      { label: 'undo', text: `sluice undo ${runId}` },
    );
  }
  // What is approved already waits for nobody.
  if (status === 'waiting' && run.opensAt === undefined && proposal?.gates[0])
    hints.push(
      ...hintsAtGate(runId, proposal.digest, proposal.gates[0], repeats(bundle) && !proposal.undoes),
    );
  return hints;
}

/** The exact commands that decide. The digest in them is the one that was shown: another proposal is not approved. */
export function hintsAtGate(runId: string, digest: string, gate: Gate, repeats = false): Hint[] {
  const approve = `sluice approve ${runId} --digest ${digest.slice(0, 12)}`;
  const names = gate.confirm.map((name) => ` --confirm ${name}`).join('');
  const both = gate.localOverride && gate.confirm.length > 0;
  return [
    {
      label: 'approve',
      text: gate.approvers > 1 ? `${approve} (by ${gate.approvers} different people)` : approve,
    },
    ...(both ? [{ label: 'or alone', text: `${approve}${names}` }] : []),
    // Who has to approve every day approves anything.
    ...(repeats && !gate.beyond ? [{ label: 'and later', text: `${approve} --standing` }] : []),
    { label: 'reject', text: `sluice reject ${runId}` },
  ];
}

function repeats(bundle: Bundle | undefined): boolean {
  return bundle?.goal.schedule !== undefined || bundle?.goal.trigger !== undefined;
}

/** The embedded warehouse, unless the configuration calls another connection so. */
function isLocal(bundle: Bundle | undefined): boolean {
  return bundle?.goal.warehouse === 'local' && bundle.config.connections.local === undefined;
}
