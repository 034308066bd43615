import { h } from './dom';

export interface MenuItem {
  readonly title: string;
  readonly run: () => void;
  /** Why it cannot be chosen now; it is shown, and does nothing. */
  readonly refused?: string;
}

let made = 0;

/** A button that opens a list of actions, as the ARIA pattern has it: arrows move, escape and a click elsewhere close, focus comes back. */
export class Menu {
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly #list = h('div', { class: 'menu-list', role: 'menu' });
  readonly #items: () => readonly MenuItem[];

  /** @param items Asked each time it opens. */
  constructor(title: string, items: () => readonly MenuItem[]) {
    this.#items = items;
    this.#list.id = `menu-${++made}`;
    this.#list.hidden = true;
    this.button = h('button', { type: 'button', class: 'button', 'aria-haspopup': 'menu', 'aria-expanded': 'false', 'aria-controls': this.#list.id, text: title });
    this.#list.setAttribute('aria-label', title);
    this.element = h('div', { class: 'menu' }, this.button, this.#list);

    this.button.addEventListener('click', () => (this.#list.hidden ? this.open() : this.close()));
    this.element.addEventListener('keydown', (event) => this.#key(event));
    this.element.addEventListener('focusout', (event) => {
      if (event.relatedTarget instanceof Node && !this.element.contains(event.relatedTarget)) this.#hide();
    });
    document.addEventListener('pointerdown', (event) => {
      if (event.target instanceof Node && !this.element.contains(event.target)) this.#hide();
    });
  }

  open(): void {
    this.#list.replaceChildren(...this.#items().map((item) => this.#entry(item)));
    this.#list.hidden = false;
    this.button.setAttribute('aria-expanded', 'true');
    this.#entries[0]?.focus();
  }

  close(): void {
    if (this.#list.hidden) return;
    this.#hide();
    this.button.focus();
  }

  get #entries(): HTMLElement[] {
    return [...this.#list.querySelectorAll<HTMLElement>('[role="menuitem"]')];
  }

  #entry({ title, run, refused }: MenuItem): HTMLElement {
    const entry = h('button', { type: 'button', role: 'menuitem', tabindex: '-1', title: refused, 'aria-disabled': refused ? 'true' : undefined, text: title });
    entry.addEventListener('click', () => {
      if (refused) return;
      this.close();
      run();
    });
    return entry;
  }

  #hide(): void {
    this.#list.hidden = true;
    this.button.setAttribute('aria-expanded', 'false');
  }

  #key(event: KeyboardEvent): void {
    if (this.#list.hidden) {
      if (event.key !== 'ArrowDown') return;
      event.preventDefault();
      this.open();
      return;
    }
    if (event.key === 'Escape') {
      event.preventDefault();
      this.close();
      return;
    }
    const entries = this.#entries;
    const at = entries.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key];
    if (to === undefined || entries.length === 0) return;
    event.preventDefault();
    entries[(to + entries.length) % entries.length]!.focus();
  }
}
