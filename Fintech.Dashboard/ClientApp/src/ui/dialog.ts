import { h } from './dom';

interface DialogOptions {
  readonly title: string;
  /** Beside the page; in the middle where nothing is said. */
  readonly place?: 'side';
  readonly id?: string;
  readonly onClose?: () => void;
}

let made = 0;

/**
 * A native modal dialog: focus stays inside, escape closes it, and focus goes back to where it was. Where that element is gone by then, to
 * the page, since a keyboard must never be left nowhere.
 */
export class Dialog {
  readonly element: HTMLDialogElement;
  readonly body = h('div', { class: 'dialog-body' });
  readonly foot = h('footer', { class: 'dialog-foot' });
  readonly #title: HTMLHeadingElement;
  #opener: Element | null = null;

  constructor({ title, place, id, onClose }: DialogOptions) {
    const titleId = `dialog-title-${++made}`;
    this.#title = h('h2', { id: titleId, text: title, tabindex: '-1', autofocus: '' });
    const close = h('button', { type: 'button', class: 'icon dialog-close', 'aria-label': 'Close', title: 'Close (esc)' }, cross());
    this.element = h('dialog', { class: `dialog${place ? ` ${place}` : ''}`, 'aria-labelledby': titleId, id });
    this.element.append(h('header', { class: 'dialog-head' }, this.#title, close), this.body, this.foot);

    close.addEventListener('click', () => this.close());
    // The padding belongs to the children: a click on the element itself is one on the backdrop.
    this.element.addEventListener('click', (event) => event.target === this.element && this.close());
    this.element.addEventListener('close', () => {
      const opener = this.#opener;
      this.#opener = null;
      this.element.remove();
      if (opener instanceof HTMLElement && opener !== document.body && opener.isConnected) opener.focus();
      else document.querySelector<HTMLElement>('main:not([hidden])')?.focus();
      onClose?.();
    });
  }

  get isOpen(): boolean {
    return this.element.open;
  }

  set title(title: string) {
    this.#title.textContent = title;
  }

  open(): void {
    if (this.element.open) return;
    this.#opener = document.activeElement;
    document.body.append(this.element);
    this.element.showModal();
  }

  close(): void {
    if (this.element.open) this.element.close();
  }

  toggle(): void {
    if (this.element.open) this.close();
    else this.open();
  }
}

/** Asks before something that cannot be taken back: true where it was confirmed. */
export function confirmed(title: string, sentence: string, action: string): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = false;
    const dialog = new Dialog({ title, onClose: () => resolve(answer) });
    const yes = h('button', { type: 'button', class: 'button primary', text: action });
    const no = h('button', { type: 'button', class: 'button', text: 'Cancel' });
    yes.addEventListener('click', () => {
      answer = true;
      dialog.close();
    });
    no.addEventListener('click', () => dialog.close());
    dialog.body.append(h('p', { text: sentence }));
    dialog.foot.append(no, yes);
    dialog.open();
  });
}

export function cross(): SVGElement {
  return icon('M5.5 5.5l9 9M14.5 5.5l-9 9');
}

/** A stroke drawn on 20 by 20; its name stands on the button around it. */
export function icon(path: string): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 20 20');
  svg.setAttribute('aria-hidden', 'true');
  const stroke = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  stroke.setAttribute('d', path);
  svg.append(stroke);
  return svg;
}
