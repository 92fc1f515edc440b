import type { OverBudget } from './agent';

/** US dollars, as everything that shows money has them: of small sums the fractions of a cent as well. */
export const moneyText = (money: number): string => `$${money.toFixed(money < 1 ? 4 : 2)}`;

/** `The budget of money of this ask is used up: $0.5012 of $0.5000.` Pure. */
export function overBudgetText({ limit, of, spent, budget }: OverBudget): string {
  const whose = of === 'day' ? 'all asks of this day (UTC)' : 'this ask';
  const amount = (value: number): string =>
    limit === 'money' ? moneyText(value) : String(Math.round(value * 10) / 10);
  return `The budget of ${limit} of ${whose} is used up: ${amount(spent)} of ${amount(budget)}.`;
}
