import { severities, type Status, statuses } from '../alerts/triage-api';
import { ruleName, statusName } from '../alerts/words';
import { integer } from '../format/number';
import { h, setText } from '../ui/dom';
import { type Filter, isNarrow, type Sort, sorts, start } from './filter';

const ages: readonly (readonly [value: string, text: string])[] = [
  ['', 'Any age'],
  ['age=1h', 'Last hour'],
  ['age=24h', 'Last 24 hours'],
  ['age=7d', 'Last 7 days'],
  ['older=1h', 'Older than 1 hour'],
  ['older=24h', 'Older than 24 hours'],
  ['older=7d', 'Older than 7 days'],
];

/** States with their counts, and what narrows the list. */
export class FilterBar {
  readonly states = h('div', { class: 'triage-states', role: 'group', 'aria-label': 'State' });
  readonly element: HTMLElement;
  readonly #onChange: (filter: Filter) => void;
  readonly #counts = new Map<Status | null, HTMLElement>();
  readonly #buttons = new Map<Status | null, HTMLButtonElement>();
  readonly #severities = new Map<string, HTMLInputElement>();
  readonly #rule = h('select', { class: 'field', 'aria-label': 'Rule' }, h('option', { value: '', text: 'Any rule' }));
  readonly #age = h('select', { class: 'field', 'aria-label': 'Age' }, ...ages.map(([value, text]) => h('option', { value, text })));
  readonly #customer = h('input', { type: 'search', inputmode: 'numeric', class: 'field narrow', placeholder: 'Customer', 'aria-label': 'Customer' });
  readonly #min = h('input', { type: 'search', inputmode: 'decimal', class: 'field narrow', placeholder: 'Amount from', 'aria-label': 'Amount from' });
  readonly #max = h('input', { type: 'search', inputmode: 'decimal', class: 'field narrow', placeholder: 'to', 'aria-label': 'Amount to' });
  readonly #sort = h('select', { class: 'field', 'aria-label': 'Order' }, ...Object.entries(sorts).map(([value, text]) => h('option', { value, text })));
  readonly #clear = h('button', { type: 'button', class: 'button quiet', text: 'No filter' });
  #filter: Filter = start;

  constructor(onChange: (filter: Filter) => void) {
    this.#onChange = onChange;
    for (const state of [...statuses, null]) {
      const count = h('span', { class: 'triage-count' });
      const button = h('button', { type: 'button', class: 'triage-state', 'data-state': state ?? 'all' }, state === null ? 'All' : statusName(state), count);
      button.addEventListener('click', () => this.#set({ state }));
      this.#counts.set(state, count);
      this.#buttons.set(state, button);
      this.states.append(button);
    }

    const chosen = h('div', { class: 'triage-severities', role: 'group', 'aria-label': 'Severity' });
    for (const severity of severities) {
      const box = h('input', { type: 'checkbox', class: 'visually-hidden', value: severity });
      box.addEventListener('change', () => this.#set({ severity: severities.filter((one) => this.#severities.get(one)!.checked) }));
      this.#severities.set(severity, box);
      chosen.append(h('label', { class: 'triage-severity', 'data-severity': severity }, box, h('span', { text: severity })));
    }

    this.#rule.addEventListener('change', () => this.#set({ rule: this.#rule.value }));
    this.#sort.addEventListener('change', () => this.#set({ sort: this.#sort.value as Sort }));
    this.#age.addEventListener('change', () => {
      const [name, value = ''] = this.#age.value.split('=');
      this.#set({ age: name === 'age' ? value : '', older: name === 'older' ? value : '' });
    });
    for (const [input, name] of [
      [this.#customer, 'customer'],
      [this.#min, 'min'],
      [this.#max, 'max'],
    ] as const)
      input.addEventListener('change', () => this.#set({ [name]: input.value.trim() }));
    this.toggle.addEventListener('click', () => this.#unfold(!this.element.classList.contains('is-open')));
    this.#clear.addEventListener('click', () => this.#set({ ...start, state: this.#filter.state, sort: this.#filter.sort }));
    this.element = h('div', { class: 'triage-filter', role: 'search', 'aria-label': 'Filter' }, chosen, this.#rule, this.#age, this.#customer, this.#min, this.#max, this.#sort, this.#clear);
  }

  /** Folded away on a phone, until it is asked for. */
  readonly toggle = h('button', { type: 'button', class: 'button triage-fold', 'aria-expanded': 'false', text: 'Filter' });

  focus(): void {
    this.#unfold(true);
    this.#rule.focus();
  }

  show(filter: Filter): void {
    this.#filter = filter;
    for (const [state, button] of this.#buttons) button.setAttribute('aria-pressed', String(state === filter.state));
    for (const [severity, box] of this.#severities) box.checked = filter.severity.some((one) => one === severity);
    if (filter.rule !== '' && ![...this.#rule.options].some(({ value }) => value === filter.rule)) this.#rule.append(h('option', { value: filter.rule, text: ruleName(filter.rule) }));
    put(this.#rule, filter.rule);
    put(this.#age, filter.age !== '' ? `age=${filter.age}` : filter.older !== '' ? `older=${filter.older}` : '');
    put(this.#customer, filter.customer);
    put(this.#min, filter.min);
    put(this.#max, filter.max);
    put(this.#sort, filter.sort);
    this.#clear.hidden = !isNarrow(filter);
    this.toggle.classList.toggle('is-narrow', isNarrow(filter));
  }

  rules(names: readonly string[]): void {
    const known = new Set([...this.#rule.options].map(({ value }) => value));
    for (const name of names) if (!known.has(name)) this.#rule.append(h('option', { value: name, text: ruleName(name) }));
    put(this.#rule, this.#filter.rule);
  }

  counts(counts: Readonly<Record<Status, number>>): void {
    for (const [state, element] of this.#counts)
      setText(element, integer(state === null ? statuses.reduce((sum, one) => sum + counts[one], 0) : counts[state]));
  }

  #unfold(open: boolean): void {
    this.element.classList.toggle('is-open', open);
    this.toggle.setAttribute('aria-expanded', String(open));
  }

  #set(change: Partial<Filter>): void {
    this.#onChange({ ...this.#filter, ...change });
  }
}

/** The page shows the filter every few seconds: where somebody is typing, what is typed stays. */
function put(field: HTMLInputElement | HTMLSelectElement, value: string): void {
  if (field !== document.activeElement && field.value !== value) field.value = value;
}
