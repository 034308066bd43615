import { h, KeyedList, type Row, setText } from '../ui/dom';
import { type Crumb, crumbsOf, dayAfter, presetOf, presets, type Query } from './query';

/** Period, currency, and what was narrowed to: the controls above the charts. */
export class HistoryHeader {
  readonly element: HTMLElement;
  readonly #go: (query: Query) => void;
  readonly #presets: readonly HTMLButtonElement[];
  readonly #from = h('input', { type: 'date', 'aria-label': 'First day, UTC', testid: 'history-from' });
  readonly #to = h('input', { type: 'date', 'aria-label': 'Last day, UTC', testid: 'history-to' });
  readonly #currencies = h('fieldset', { class: 'history-switch' }, h('legend', { class: 'visually-hidden', text: 'Currency' }));
  readonly #crumbs = h('nav', { class: 'history-crumbs', 'aria-label': 'Narrowed to' });
  readonly #summary = h('p', { class: 'history-summary', testid: 'history-summary' });
  readonly #currencyList: KeyedList<string>;
  readonly #crumbList: KeyedList<Crumb>;
  #query: Query | null = null;
  #currency: string | null = null;

  constructor(go: (query: Query) => void) {
    this.#go = go;
    this.#presets = presets.map(({ name, bounds }) => {
      const button = h('button', { type: 'button', text: name });
      button.addEventListener('click', () => {
        const [from, to] = bounds(new Date());
        if (this.#query) go({ ...this.#query, from, to });
      });
      return button;
    });
    for (const input of [this.#from, this.#to]) input.addEventListener('change', () => this.#choose());
    // What is there stays: who goes through them by keyboard must not be thrown out by the numbers of the next minute.
    const currencyRow = h('span', { class: 'history-switch' });
    this.#currencies.append(currencyRow);
    this.#currencyList = new KeyedList<string>(currencyRow, (currency) => currency, (currency) => this.#currencyButton(currency));
    this.#crumbList = new KeyedList<Crumb>(this.#crumbs, ({ label }) => label, (crumb) => this.#chip(crumb));
    const period = h('fieldset', { class: 'history-switch' }, h('legend', { class: 'visually-hidden', text: 'Period' }));
    period.append(...this.#presets);
    this.element = h(
      'header',
      { class: 'history-header' },
      h('h2', { class: 'page-title', text: 'History' }),
      period,
      h('div', { class: 'history-range' }, this.#from, h('span', { class: 'quiet', text: 'to' }), this.#to, h('span', { class: 'quiet', text: 'UTC' })),
      this.#currencies,
      this.#crumbs,
      this.#summary,
    );
  }

  /** @param currency The one that is shown, also where the address names none. */
  render(query: Query, currency: string | null, currencies: readonly string[], summary: string): void {
    const moved = this.#query?.from !== query.from || this.#query?.to !== query.to;
    this.#query = query;
    this.#currency = currency;
    const preset = presetOf(query, new Date());
    this.#presets.forEach((button, index) => button.setAttribute('aria-pressed', String(presets[index] === preset)));
    // A date that is half typed stays as it is, unless another period was chosen.
    if (moved) {
      this.#from.value = query.from?.slice(0, 10) ?? '';
      // The field has the last day that counts, the address the first moment that does not.
      this.#to.value = query.to === null ? '' : new Date(Date.parse(query.to) - 1).toISOString().slice(0, 10);
    }
    setText(this.#summary, summary);
    this.#currencies.hidden = currencies.length < 2;
    this.#currencyList.render(currencies);
    const crumbs = crumbsOf(query);
    this.#crumbs.hidden = crumbs.length === 0;
    this.#crumbList.render(crumbs);
  }

  #currencyButton(currency: string): Row<string> {
    const button = h('button', { type: 'button', text: currency });
    button.addEventListener('click', () => {
      if (this.#query) this.#go({ ...this.#query, currency });
    });
    return { element: button, update: () => button.setAttribute('aria-pressed', String(currency === this.#currency)) };
  }

  #chip(crumb: Crumb): Row<Crumb> {
    let now = crumb;
    const { label } = crumb;
    const chip = h('button', { type: 'button', class: 'history-chip', 'aria-label': `${label}: leave` }, h('span', { text: label }), h('span', { 'aria-hidden': 'true', text: '×' }));
    chip.addEventListener('click', () => this.#go(now.without));
    return { element: chip, update: (crumb) => (now = crumb) };
  }

  #choose(): void {
    if (!this.#query) return;
    const from = this.#from.value === '' ? null : this.#from.value;
    const to = this.#to.value === '' ? null : dayAfter(this.#to.value);
    const backwards = from !== null && to !== null && from >= to;
    this.#to.setCustomValidity(backwards ? 'The last day lies before the first.' : '');
    if (backwards) this.#to.reportValidity();
    else this.#go({ ...this.#query, from, to });
  }
}
