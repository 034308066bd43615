import { h } from './dom';

export interface Subtab {
  /** Stands in the address where the page keeps it there: "quarantine". */
  readonly key: string;
  readonly title: string;
  readonly panel: HTMLElement;
}

/** Tabs within a page, as the ARIA pattern has them: one stop for the tab key, arrows go from one to the next. */
export class Subtabs {
  readonly element: HTMLElement;
  readonly #tabs = new Map<string, { readonly button: HTMLButtonElement; readonly panel: HTMLElement }>();
  readonly #onChoose: (key: string) => void;
  #chosen = '';

  constructor(label: string, tabs: readonly Subtab[], onChoose: (key: string) => void = () => {}) {
    this.#onChoose = onChoose;
    this.element = h('div', { class: 'subtabs', role: 'tablist', 'aria-label': label });
    for (const { key, title, panel } of tabs) {
      const button = h('button', { type: 'button', role: 'tab', id: `subtab-${key}`, 'aria-controls': `subpanel-${key}`, text: title });
      panel.id = `subpanel-${key}`;
      panel.setAttribute('role', 'tabpanel');
      panel.setAttribute('aria-labelledby', button.id);
      button.addEventListener('click', () => this.#pick(key));
      this.#tabs.set(key, { button, panel });
      this.element.append(button);
    }
    this.element.addEventListener('keydown', (event) => this.#move(event));
    this.choose(tabs[0]?.key ?? '');
  }

  get chosen(): string {
    return this.#chosen;
  }

  /** Shows a tab without telling anybody; a key that is none of ours (an old link) shows the first. */
  choose(key: string): void {
    const wanted = this.#tabs.has(key) ? key : ([...this.#tabs.keys()][0] ?? '');
    this.#chosen = wanted;
    for (const [name, { button, panel }] of this.#tabs) {
      button.setAttribute('aria-selected', String(name === wanted));
      button.tabIndex = name === wanted ? 0 : -1;
      panel.hidden = name !== wanted;
    }
  }

  #pick(key: string): void {
    if (key === this.#chosen) return;
    this.choose(key);
    this.#onChoose(key);
  }

  #move(event: KeyboardEvent): void {
    const keys = [...this.#tabs.keys()];
    const at = keys.indexOf(this.#chosen);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: keys.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const key = keys[(to + keys.length) % keys.length]!;
    this.#pick(key);
    this.#tabs.get(key)!.button.focus();
  }
}
