import { h, setText } from './dom';

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

let made = 0;

/** A control with its label, a hint, and the place where a fault of it is said. */
export class Field<C extends Control> {
  readonly element: HTMLElement;
  readonly control: C;
  readonly #error: HTMLElement;
  readonly #described: string[] = [];

  constructor(label: string, control: C, hint?: string) {
    const id = `field-${++made}`;
    this.control = control;
    control.id = id;
    const name = h('label', { for: id, text: label });
    const tick = control instanceof HTMLInputElement && control.type === 'checkbox';
    this.element = h('div', { class: tick ? 'field tick' : 'field' }, ...(tick ? [control, name] : [name, control]));
    if (hint) {
      this.element.append(h('p', { class: 'field-hint', id: `${id}-hint`, text: hint }));
      this.#described.push(`${id}-hint`);
    }
    this.#error = h('p', { class: 'field-error', id: `${id}-error` });
    this.#error.hidden = true;
    this.element.append(this.#error);
    this.fault(null);
  }

  /** Null takes the fault away. */
  fault(sentence: string | null): void {
    this.#error.hidden = sentence === null;
    setText(this.#error, sentence ?? '');
    if (sentence === null) this.control.removeAttribute('aria-invalid');
    else this.control.setAttribute('aria-invalid', 'true');
    const described = sentence === null ? this.#described : [...this.#described, this.#error.id];
    if (described.length > 0) this.control.setAttribute('aria-describedby', described.join(' '));
    else this.control.removeAttribute('aria-describedby');
  }
}

export function select(options: readonly (readonly [value: string, title: string])[], chosen?: string): HTMLSelectElement {
  const element = h('select', { class: 'input' });
  for (const [value, title] of options) element.append(h('option', { value, text: title }));
  if (chosen !== undefined) element.value = chosen;
  return element;
}

export function checkbox(checked: boolean): HTMLInputElement {
  const element = h('input', { type: 'checkbox' });
  element.checked = checked;
  return element;
}
