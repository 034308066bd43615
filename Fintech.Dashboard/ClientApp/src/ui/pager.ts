import { integer } from '../format/number';
import { h, setText } from './dom';

export interface Place {
  /** Number of the first row that is shown, from 1. */
  readonly first: number;
  readonly rows: number;
  /** How many there are, null where counting them would cost more than it tells. */
  readonly of: number | null;
  readonly more: boolean;
}

/** Back and forth through a list that the server gives in pieces. A button that leads nowhere stays in its place, so that focus does. */
export class Pager {
  readonly element: HTMLElement;
  readonly #text = h('span', { class: 'pager-place', role: 'status' });
  readonly #back = h('button', { type: 'button', class: 'button', text: 'Previous' });
  readonly #on = h('button', { type: 'button', class: 'button', text: 'Next' });

  constructor(what: string, onBack: () => void, onNext: () => void) {
    this.element = h('nav', { class: 'pager', 'aria-label': `Pages of ${what}` }, this.#text, this.#back, this.#on);
    for (const [button, run] of [
      [this.#back, onBack],
      [this.#on, onNext],
    ] as const)
      button.addEventListener('click', () => button.getAttribute('aria-disabled') !== 'true' && run());
    this.element.hidden = true;
  }

  render({ first, rows, of, more }: Place): void {
    this.element.hidden = first === 1 && !more;
    const range = rows === 0 ? 'None' : `${integer(first)}–${integer(first + rows - 1)}`;
    setText(this.#text, of === null ? range : `${range} of ${integer(of)}`);
    this.#back.setAttribute('aria-disabled', String(first === 1));
    this.#on.setAttribute('aria-disabled', String(!more));
  }
}
