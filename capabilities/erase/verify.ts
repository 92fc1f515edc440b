import type { Check } from '../../schemas/change';
import { quoteRelation } from '../../sql/quote';
import type { ReadSession } from '../../warehouses/warehouse';
import type { EraseDetail, Target } from './body';
import { keptOf, quotedKept, reachOf } from './kept';
import { findQuarantined, type ChangeOf } from './quarantine';
import { matching, paramsOf, type Values } from './values';

/** Looks again, everywhere: no row is left that matches. What a person has to look at comes along as warnings. */
export async function verifyErased(
  session: ReadSession,
  targets: readonly Target[],
  values: Values,
  detail: EraseDetail,
  changeOf: ChangeOf,
): Promise<Check[]> {
  const checks: Check[] = [];
  for (const target of targets) {
    const { relation, exists, columns } = target;
    const params = paramsOf(columns, values);
    const count = async (from: string, where: string): Promise<number> => {
      const [row] = await session.query<{ n: string }>(
        `select count(*) as n from ${from} where ${where}`,
        params,
      );
      return Number(row!.n);
    };
    let left = exists ? await count(`${quoteRelation(relation)} t`, matching('t', columns)) : 0;
    for (const kept of await keptOf(session, relation)) {
      const reach = reachOf(kept, columns).byValue;
      if (!reach) continue;
      const where = reach
        .map(({ kept: name, column }, index) => `${name}::text = ($${index + 1}::text::${column.type})::text`)
        .join(' and ');
      left += await count(`${quotedKept(kept)} k`, where);
    }
    const set = await findQuarantined(session, relation, columns, values, changeOf);
    left += set.mine.length;
    const erased = detail.erased.find((each) => each.relation === relation);
    const copies = (erased?.kept ?? []).reduce((sum, { rows }) => sum + rows, 0);
    checks.push({
      name: `no row of ${relation} is left`,
      ok: left === 0,
      severity: 'error',
      message:
        left === 0
          ? `${erased?.rows ?? 0} rows erased, ${copies} kept copies; none is left`
          : `${left} rows still match`,
    });
  }
  return [...checks, ...notes(detail)];
}

function notes({ swept, review, artifacts, texts = [], quarantined, shadows }: EraseDetail): Check[] {
  const note = (name: string, message: string, ok = false): Check => ({
    name,
    ok,
    severity: 'warning',
    message,
  });
  return [
    note('quarantine', `${quarantined} quarantined rows erased`, true),
    note('shadows', `${shadows} shadows dropped; those in use go after the commit, within a minute`, true),
    ...swept.map(({ changeId, name }) =>
      note(
        `undo of ${changeId}`,
        `it can no longer be undone: sluice.${name} did not tell whose its rows were and was dropped`,
      ),
    ),
    ...(review.length === 0
      ? []
      : [
          note(
            'quarantine to review',
            `a value stands in rows that could not be read: ${review.slice(0, 20).join(', ')}`,
          ),
        ]),
    ...(artifacts.length === 0
      ? []
      : [
          note(
            'artifacts to review',
            `a value stands in what people wrote or planned: ${artifacts.map((hash) => hash.slice(0, 12)).join(', ')}`,
          ),
        ]),
    ...(texts.length === 0
      ? []
      : [
          note(
            'texts to review',
            `a value stands in what was asked, remembered or added as knowledge: ${texts.join(', ')}`,
          ),
        ]),
  ];
}
