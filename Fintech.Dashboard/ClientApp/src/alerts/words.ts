import { decimal, integer, money, tenth } from '../format/number';
import type { Hit, Status } from './triage-api';

/** "high-value", "high_value" and "HighValue" → "High value" */
export function ruleName(rule: string): string {
  const words = rule
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[-_.\s]+/g, ' ')
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const titleOf = (hit: Pick<Hit, 'rule' | 'name'>): string => ruleName(hit.name ?? hit.rule);

/** Purchases are counted, amounts have cents. */
export const figure = (hit: Hit, value: number): string => (hit.unit === 'purchases' ? integer(value) : decimal(value));

/** "High value: 4,500.00 > 3,000.00 (rule set 12)", in the pieces between which a line may break. */
export function decision(hit: Hit, ruleSetVersion: number): string[] {
  return [`${titleOf(hit)}:`, `${figure(hit, hit.value)} > ${figure(hit, hit.threshold)}${hit.unit === 'purchases' ? ' purchases' : ''}`, ruleSet(ruleSetVersion)];
}

export const ruleSet = (version: number): string => `(rule set ${version})`;

/** What else a rule looked at, in a sentence; null for a rule that looks at one number only. */
export function because(hit: Hit): string | null {
  const inputs = hit.inputs ?? {};
  const number = (name: string): number => Number(inputs[name] ?? Number.NaN);
  const cash = (name: string): string => money(number(name), hit.unit);
  switch (hit.rule) {
    case 'velocity':
      return `${integer(hit.value)} purchases within ${span(number('window_seconds'))}; up to ${integer(hit.threshold)} are usual.`;
    case 'spend-spike':
      return `Usual is ${cash('mean')} ± ${cash('deviation')} over ${integer(number('history'))} purchases; the threshold lies ${trimmed(number('deviations'))} deviations above, and at least at ${cash('minimum_amount')}.`;
    case 'card-testing':
      return `${integer(number('small_purchases'))} purchases of at most ${cash('small_amount')} within ${span(number('window_seconds'))} before it; ${integer(number('small_count'))} are enough.`;
    case 'new-category':
      return `Never bought in ${String(inputs['category'] ?? 'this category')} before, in ${integer(number('history'))} purchases.`;
    default:
      return null;
  }
}

const trimmed = (value: number): string => (Number.isInteger(value) ? integer(value) : tenth(value));

/** 600 → "10 min" */
export function span(seconds: number): string {
  if (seconds % 86_400 === 0) return `${integer(seconds / 86_400)} d`;
  if (seconds % 3_600 === 0) return `${integer(seconds / 3_600)} h`;
  return seconds % 60 === 0 ? `${integer(seconds / 60)} min` : `${trimmed(seconds)} s`;
}

/** What fired, in a line of a list: "High value, velocity" */
export function reasons(alert: { readonly hits: readonly Pick<Hit, 'rule' | 'name'>[] }): string {
  if (alert.hits.length === 0) return 'No rule recorded';
  return alert.hits.map((hit, index) => (index === 0 ? titleOf(hit) : titleOf(hit).toLowerCase())).join(', ');
}

/** "1.5×": how far above its threshold an input lies. */
export const excess = (hit: Pick<Hit, 'value' | 'threshold'>): string => (hit.threshold > 0 ? `${decimal(hit.value / hit.threshold)}×` : '–');

const names: Readonly<Record<Status, string>> = {
  open: 'Open',
  acknowledged: 'Acknowledged',
  confirmed_fraud: 'Confirmed fraud',
  false_positive: 'False positive',
};

export const statusName = (status: Status): string => names[status];
