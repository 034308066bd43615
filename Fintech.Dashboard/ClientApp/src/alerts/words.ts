import type { AlertItem, RuleHit } from '../contract';
import { decimal } from '../format/number';

/** "high-value", "high_value" and "HighValue" → "High value" */
export function ruleName(rule: string): string {
  const words = rule
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[-_.\s]+/g, ' ')
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "High value: 4,500.00 > 3,000.00 (rule set 12)", in the pieces between which a line may break. */
export function decision(hit: RuleHit, ruleSetVersion: number): string[] {
  return [`${ruleName(hit.rule)}:`, `${decimal(hit.value)} > ${decimal(hit.threshold)}`, ruleSet(ruleSetVersion)];
}

export const ruleSet = (version: number): string => `(rule set ${version})`;

/** What fired, in a line of a list: "High value, velocity" */
export function reasons(alert: AlertItem): string {
  if (alert.hits.length === 0) return 'No rule recorded';
  return alert.hits.map((hit, index) => (index === 0 ? ruleName(hit.rule) : ruleName(hit.rule).toLowerCase())).join(', ');
}

/** "1.5×": how far above its threshold an input lies. */
export const excess = (hit: RuleHit): string => (hit.threshold > 0 ? `${decimal(hit.value / hit.threshold)}×` : '–');
