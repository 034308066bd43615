import type { Rule } from './contract';

type FieldType = 'money' | 'number' | 'whole' | 'span' | 'currency';

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: FieldType;
  readonly hint: string;
}

export interface Kind {
  readonly name: string;
  readonly fires: string;
  readonly fields: readonly Field[];
  readonly example: Rule;
}

const field = (name: string, label: string, type: FieldType, hint: string): Field => ({ name, label, type, hint });
const currency = field('currency', 'Currency', 'currency', 'ISO 4217; other currencies are not compared');
const windowField = field('window', 'Window', 'span', 'Such as 00:10:00, at most 30.00:00:00');

/** The kinds of rules the worker knows, as docs/rules.md explains them. Whether values are sound is for the worker to say. */
export const kinds: readonly Kind[] = [
  {
    name: 'high-value',
    fires: 'An amount above the threshold.',
    fields: [field('threshold', 'Threshold', 'money', 'Fires above it'), currency],
    example: { rule: 'high-value', threshold: 3000, currency: 'USD' },
  },
  {
    name: 'velocity',
    fires: 'More purchases of a customer within the window than the count.',
    fields: [field('count', 'Count', 'whole', '1 to 10; fires above it'), windowField],
    example: { rule: 'velocity', count: 5, window: '00:10:00' },
  },
  {
    name: 'spend-spike',
    fires: 'An amount far above what the customer usually spends.',
    fields: [
      field('deviations', 'Deviations', 'number', 'Above the mean of 30 days'),
      field('minimum_history', 'Minimum history', 'whole', 'Purchases before it may fire, from 2'),
      field('minimum_amount', 'Minimum amount', 'money', 'No smaller amount is a spike'),
      currency,
    ],
    example: { rule: 'spend-spike', deviations: 4, minimum_history: 10, minimum_amount: 200, currency: 'USD' },
  },
  {
    name: 'card-testing',
    fires: 'A large purchase after several small ones.',
    fields: [
      field('small_count', 'Small purchases', 'whole', '1 to 10'),
      field('small_amount', 'Small amount', 'money', 'A small one is at most that'),
      field('large_amount', 'Large amount', 'money', 'Fires above it'),
      windowField,
      currency,
    ],
    example: { rule: 'card-testing', small_count: 3, small_amount: 5, large_amount: 200, window: '01:00:00', currency: 'USD' },
  },
  {
    name: 'new-category',
    fires: 'A high amount in a category in which the customer never bought.',
    fields: [
      field('threshold', 'Threshold', 'money', 'Fires above it'),
      field('minimum_history', 'Minimum history', 'whole', 'Purchases before it may fire'),
      currency,
    ],
    example: { rule: 'new-category', threshold: 500, minimum_history: 10, currency: 'USD' },
  },
];

export const kindOf = (rule: Rule): Kind | null => kinds.find((kind) => kind.name === rule.rule) ?? null;

/** What every rule has, and what early versions carried beside `rule`, which says the same. */
const common: ReadonlySet<string> = new Set(['rule', 'name', 'enabled', 'shadow', 'severity', 'weight', 'kind_of']);

/** Names of what is a rule's own: in the order of its kind, where this page knows it. */
export const parametersOf = (rule: Rule): readonly string[] =>
  kindOf(rule)?.fields.map((known) => known.name) ?? Object.keys(rule).filter((name) => !common.has(name));

/** By which counts and messages call it. */
export const titleOf = (rule: Rule): string => (typeof rule['name'] === 'string' ? rule['name'] : rule.rule);

export type RuleState = 'alerting' | 'shadow' | 'off';

export const stateOf = (rule: Rule): RuleState => (rule['enabled'] === false ? 'off' : rule['shadow'] === true ? 'shadow' : 'alerting');

const defaults: Readonly<Record<string, unknown>> = { enabled: true, shadow: false, weight: 50, severity: null, name: null };
const valueOf = (rule: Rule, name: string): unknown => rule[name] ?? defaults[name] ?? null;
const say = (value: unknown): string => (value === null ? 'none' : String(value));

/** What changed from one rule set to the next, a line for each rule: "velocity: count 5 → 6, shadow → alerting". */
export function difference(before: readonly Rule[], after: readonly Rule[]): string[] {
  const lines: string[] = [];
  for (const rule of after) {
    const old = before.find((known) => titleOf(known) === titleOf(rule));
    if (!old) {
      lines.push(`${titleOf(rule)}: new, ${stateOf(rule)}`);
      continue;
    }
    const changes: string[] = [];
    for (const name of new Set([...Object.keys(old), ...Object.keys(rule)])) {
      if (name === 'enabled' || name === 'shadow' || name === 'kind_of') continue;
      const [was, is] = [say(valueOf(old, name)), say(valueOf(rule, name))];
      if (was !== is) changes.push(`${name.replaceAll('_', ' ')} ${was} → ${is}`);
    }
    if (stateOf(old) !== stateOf(rule)) changes.push(`${stateOf(old)} → ${stateOf(rule)}`);
    if (changes.length > 0) lines.push(`${titleOf(rule)}: ${changes.join(', ')}`);
  }
  for (const rule of before) if (!after.some((known) => titleOf(known) === titleOf(rule))) lines.push(`${titleOf(rule)}: removed`);
  return lines;
}

/** What stands in a field as JSON: a number where it is one, else the text itself, which the worker refuses by rule and field. */
export function parseField(type: FieldType, text: string): unknown {
  const trimmed = text.trim();
  if (type === 'span' || type === 'currency') return trimmed;
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(trimmed) ? Number(trimmed) : trimmed;
}
