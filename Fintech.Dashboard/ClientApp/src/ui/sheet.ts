import { Dialog } from './dialog';
import { h, setText } from './dom';

/** As wide as a phone: the same limit as in the style sheets. */
const phone = '(max-width: 43.99rem)';

/** Filters lie open where there is room, and on a phone behind a button, in a sheet from below. The controls are the same elements. */
export class Sheet {
  readonly element: HTMLElement;
  readonly #button: HTMLButtonElement;
  readonly #inline = h('div', { class: 'sheet-inline' });
  readonly #dialog: Dialog;
  readonly #title: string;

  constructor(title: string, content: HTMLElement) {
    this.#title = title;
    this.#button = h('button', { type: 'button', class: 'button sheet-button', 'aria-haspopup': 'dialog', text: title });
    this.#dialog = new Dialog({ title, place: 'sheet' });
    const done = h('button', { type: 'button', class: 'button primary', text: 'Done' });
    this.#dialog.foot.append(done);
    this.element = h('div', { class: 'sheet-holder' }, this.#button, this.#inline);
    this.#button.addEventListener('click', () => this.#dialog.open());
    done.addEventListener('click', () => this.#dialog.close());

    const narrow = matchMedia(phone);
    const place = (): void => {
      if (!narrow.matches) this.#dialog.close();
      this.#button.hidden = !narrow.matches;
      (narrow.matches ? this.#dialog.body : this.#inline).append(content);
    };
    narrow.addEventListener('change', place);
    place();
  }

  /** How many of them are in force stands on the button, since they are not in sight. */
  count(inForce: number): void {
    setText(this.#button, inForce === 0 ? this.#title : `${this.#title} (${inForce})`);
  }
}
