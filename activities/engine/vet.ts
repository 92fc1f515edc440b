import { fail } from '../../schemas/errors';
import type { Change } from '../../schemas/change';

/**
 * Rules that hold for every kind of step, whatever its capability says: a change with an `error` finding is not
 * proposed to anyone, Sluice's own schema and the system's are nobody's target, and the risk fits what is written.
 */
export function vet(change: Change): void {
  const errors = change.findings.filter((finding) => finding.severity === 'error');
  if (errors.length > 0) {
    throw fail(
      'statement_refused',
      `Step "${change.step}" was refused: ${errors.map((finding) => finding.message).join('; ')}.`,
      {
        next: 'Correct the step and run the command again.',
        step: change.step,
        place: errors[0]!.place,
        faults: errors.map((finding) => ({ path: finding.place ?? finding.rule, message: finding.message })),
      },
    );
  }
  const forbidden = change.writes.find((name) => /^(sluice|pg_[a-z_]+|information_schema)\./.test(name));
  if (forbidden !== undefined) {
    throw fail(
      'statement_refused',
      `Step "${change.step}" would write ${forbidden}, which belongs to Sluice or the system.`,
      {
        next: 'Choose a schema of your own.',
        step: change.step,
        place: forbidden,
      },
    );
  }
  // `"a.b"."c"` and `"a"."b.c"` have one text, by which relations are locked, compared and kept.
  const ambiguous = [...change.reads, ...change.writes].find((name) => name.split('.').length > 2);
  if (ambiguous !== undefined) {
    throw fail(
      'statement_refused',
      `Step "${change.step}" names ${ambiguous}: Sluice cannot tell yet where its schema ends, because one of the two names has a dot in it.`,
      {
        next: 'Rename the relation or its schema so that neither name holds a dot, or read it through a view whose names hold none.',
        step: change.step,
        place: ambiguous,
      },
    );
  }
  if (change.writes.length > 0 && change.risk === 'read' && !change.noop) {
    throw fail('internal', `Step "${change.step}" writes but calls itself a read.`, {
      next: 'Report this.',
      step: change.step,
    });
  }
}
