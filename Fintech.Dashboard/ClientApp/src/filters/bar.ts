import { decimal } from '../format/number';
import { clock } from '../format/time';
import type { View } from '../live/view';
import { byId, h, KeyedList, type Row, setText } from '../ui/dom';
import { add, type FilterKind, type FilterPart, mostValues, named, partOf } from './model';

interface Field {
  readonly label: string;
  readonly hint: string;
  readonly input: 'text' | 'number';
  /** Said where the text is no condition. */
  readonly fault: string;
}

const fields: Readonly<Record<Exclude<FilterKind, 'alerts'>, Field>> = {
  category: { label: 'Category', hint: 'Groceries', input: 'text', fault: 'Give the name of a category.' },
  merchant: { label: 'Merchant', hint: 'Corner Cafe', input: 'text', fault: 'Give the name of a merchant, as it is written in the lists.' },
  customer: { label: 'Customer', hint: '42', input: 'number', fault: 'A customer is a number.' },
  amount: { label: 'Amount', hint: '100..500', input: 'text', fault: 'Give a range, such as 100..500, 100.. or ..500.' },
};

/**
 * The conditions, each a chip that can be switched off without being lost, and how to add one. The bar knows them; what they do is
 * the page's business.
 */
export class FilterBar {
  readonly #onChange: (parts: readonly FilterPart[]) => void;
  readonly #chips: KeyedList<FilterPart>;
  readonly #form = h('form', { class: 'filter-form', testid: 'filter-form' });
  readonly #label = h('label', { for: 'filter-value' });
  readonly #input = h('input', { id: 'filter-value', list: 'filter-values', autocomplete: 'off', 'aria-describedby': 'filter-fault' });
  readonly #values = h('datalist', { id: 'filter-values' });
  readonly #fault = h('span', { id: 'filter-fault', class: 'filter-fault', role: 'status' });
  readonly #note = h('span', { class: 'filter-note', testid: 'filter-note' });
  readonly #adders = h('div', { class: 'filter-adders' });
  readonly #only = h('button', { type: 'button', class: 'chip-add', 'aria-pressed': 'false', text: 'Only alerts', testid: 'filter-only-alerts' });
  readonly #toggle = h('button', { type: 'button', class: 'chip-add filter-toggle', 'aria-expanded': 'false' });
  #parts: FilterPart[] = [];
  #adding: Exclude<FilterKind, 'alerts'> | null = null;
  #opener: HTMLElement | null = null;
  #view: View | null = null;

  constructor(onChange: (parts: readonly FilterPart[]) => void) {
    this.#onChange = onChange;
    const root = byId('filters');
    const list = h('ul', { class: 'chips' });
    this.#chips = new KeyedList<FilterPart>(
      list,
      (part) => `${part.kind} ${part.value}`,
      (part) => this.#chip(part),
    );
    for (const kind of Object.keys(fields) as (keyof typeof fields)[]) {
      const button = h('button', { type: 'button', class: 'chip-add', testid: `filter-add-${kind}`, text: `+ ${fields[kind].label.toLowerCase()}` });
      button.addEventListener('click', () => this.open(kind, button));
      this.#adders.append(button);
    }
    this.#adders.append(this.#only);
    this.#only.addEventListener('click', () => this.#flipOnly());
    this.#toggle.addEventListener('click', () => this.#expand(this.#toggle.getAttribute('aria-expanded') !== 'true'));

    const cancel = h('button', { type: 'button', class: 'button quiet', text: 'Cancel' });
    cancel.addEventListener('click', () => this.#close());
    this.#form.append(this.#label, this.#input, this.#values, h('button', { type: 'submit', class: 'button', text: 'Add' }), cancel, this.#fault);
    this.#form.hidden = true;
    this.#form.noValidate = true;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#form.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      this.#close();
    });
    root.append(this.#toggle, this.#adders, this.#form, list, this.#note);
    this.show([]);
  }

  show(parts: readonly FilterPart[]): void {
    this.#parts = [...parts];
    this.#chips.render(this.#parts.filter(({ kind }) => kind !== 'alerts'));
    this.#only.setAttribute('aria-pressed', String(this.#parts.some(({ kind, on }) => kind === 'alerts' && on)));
    const active = this.#parts.filter(({ on }) => on).length;
    setText(this.#toggle, active > 0 ? `Filters (${active})` : 'Filters');
  }

  /** What is shown, and what is not. */
  render(view: View): void {
    this.#view = view;
    setText(this.#note, noteOf(view) ?? '');
  }

  /** Asks for a condition of a kind, in the bar: the focus goes into the field, and back where it was. */
  open(kind: Exclude<FilterKind, 'alerts'> = 'category', opener: HTMLElement | null = null): void {
    const field = fields[kind];
    this.#expand(true);
    this.#adding = kind;
    this.#opener = opener ?? (document.activeElement instanceof HTMLElement ? document.activeElement : null);
    setText(this.#label, field.label);
    this.#input.inputMode = field.input === 'number' ? 'numeric' : 'text';
    this.#input.placeholder = field.hint;
    this.#input.value = '';
    this.#values.replaceChildren(...this.#suggestions(kind).map((value) => h('option', { value })));
    setText(this.#fault, '');
    this.#form.hidden = false;
    this.#input.focus();
  }

  add(kind: FilterKind, value: string): void {
    const part = partOf(kind, value);
    if (!part) return;
    const parts = [...this.#parts];
    add(parts, part);
    this.#change(parts);
  }

  #submit(): void {
    if (!this.#adding) return;
    const part = partOf(this.#adding, this.#input.value);
    if (!part) {
      setText(this.#fault, fields[this.#adding].fault);
      this.#input.focus();
      return;
    }
    if (part.kind !== 'amount' && named(this.#parts) >= mostValues) {
      setText(this.#fault, `At most ${mostValues} categories, merchants and customers together.`);
      return;
    }
    const parts = [...this.#parts];
    add(parts, part);
    this.#close();
    this.#change(parts);
  }

  #close(): void {
    this.#form.hidden = true;
    this.#adding = null;
    this.#opener?.focus();
  }

  #change(parts: readonly FilterPart[]): void {
    this.show(parts);
    this.#onChange(parts);
  }

  /** There is nothing to lose in switching it off: its button is always there. */
  #flipOnly(): void {
    const on = this.#parts.some((part) => part.kind === 'alerts' && part.on);
    const others = this.#parts.filter(({ kind }) => kind !== 'alerts');
    this.#change(on ? others : [...others, { kind: 'alerts', value: 'only', on: true }]);
  }

  #expand(open: boolean): void {
    this.#toggle.setAttribute('aria-expanded', String(open));
    byId('filters').classList.toggle('is-open', open);
    if (!open && this.#adding) this.#close();
  }

  #suggestions(kind: FilterKind): string[] {
    const frame = this.#view?.frame;
    if (!frame || (kind !== 'category' && kind !== 'merchant')) return [];
    const items = [...frame.merchants, ...frame.alerts, ...frame.latest];
    const values = kind === 'category' ? [...frame.categories, ...items].map((item) => item.category) : items.map((item) => item.merchant);
    return [...new Set(values)].filter((value) => value !== '').sort((a, b) => a.localeCompare(b));
  }

  #chip(first: FilterPart): Row<FilterPart> {
    let part = first;
    const text = `${fields[part.kind as keyof typeof fields].label}: ${valueText(part)}`;
    const toggle = h('button', { type: 'button', class: 'chip-toggle', text, title: text });
    const remove = h('button', { type: 'button', class: 'chip-remove', 'aria-label': `Remove ${text}`, title: 'Remove', text: '×' });
    toggle.addEventListener('click', () => this.#change(this.#parts.map((each) => (each === part ? { ...part, on: !part.on } : each))));
    remove.addEventListener('click', () => {
      const index = this.#parts.indexOf(part);
      this.#change(this.#parts.filter((each) => each !== part));
      const left = byId('filters').querySelectorAll<HTMLElement>('.chip-toggle');
      (left[Math.min(index, left.length - 1)] ?? this.#adders.querySelector<HTMLElement>('button'))?.focus();
    });
    return {
      element: h('li', { class: 'chip', testid: 'filter-chip' }, toggle, remove),
      update: (now) => {
        part = now;
        toggle.setAttribute('aria-pressed', String(now.on));
      },
    };
  }
}

function valueText({ kind, value }: FilterPart): string {
  if (kind !== 'amount') return value;
  const [low, high] = value.split('..');
  if (!high) return `from ${decimal(Number(low))}`;
  return low ? `${decimal(Number(low))} to ${decimal(Number(high))}` : `up to ${decimal(Number(high))}`;
}

/** One sentence about how far the filter and the window reach; null where there is nothing to say. */
export function noteOf({ frame: { scope }, now, filter }: View): string | null {
  if (!scope) return null;
  if (scope.note) return scope.note;
  if (filter) {
    const since = scope.since ? `, and count since ${clock(Date.parse(scope.since))}` : '';
    const seconds = scope.at ? Math.floor((now - Date.parse(scope.at)) / 1_000) : 0;
    const old = seconds > 3 ? `, ${seconds} s old` : '';
    return `Figures, chart and lists are filtered${since}${old}; latency is not known by filter.`;
  }
  return scope.estimated ? 'One minute is an estimate: of its first minute counts the part that lies in the last 60 seconds.' : null;
}
