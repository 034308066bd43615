import { mostAtOnce, type Verdict } from '../alerts/triage-api';
import { integer } from '../format/number';
import { h, setText } from '../ui/dom';

interface Callbacks {
  readonly onDecide: (status: Verdict, comment: string | null) => void;
  readonly onAll: () => void;
  readonly onNone: () => void;
}

/** What is done to all that are selected; there while something is. */
export class BulkBar {
  readonly element = h('div', { class: 'triage-bulk', role: 'group', 'aria-label': 'Selected alerts', testid: 'bulk' });
  readonly #count = h('strong');
  readonly #all = h('button', { type: 'button', class: 'button quiet' });
  readonly #comment = h('input', { type: 'text', class: 'field', maxlength: '2000', placeholder: 'Comment for all', 'aria-label': 'Comment for all' });

  constructor(call: Callbacks) {
    const button = (text: string, status: Verdict): HTMLButtonElement => {
      const element = h('button', { type: 'button', class: 'button', 'data-verdict': status, text });
      element.addEventListener('click', () => call.onDecide(status, this.#comment.value.trim() || null));
      return element;
    };
    const none = h('button', { type: 'button', class: 'button quiet', text: 'Clear' });
    none.addEventListener('click', call.onNone);
    this.#all.addEventListener('click', call.onAll);
    this.element.append(this.#count, this.#all, this.#comment, button('Acknowledge', 'acknowledged'), button('Fraud', 'confirmed_fraud'), button('False positive', 'false_positive'), none);
    this.element.hidden = true;
  }

  /** @param matching How many the filter lets through in all. */
  render(selected: number, matching: number): void {
    this.element.hidden = selected === 0;
    if (selected === 0) this.#comment.value = '';
    setText(this.#count, `${integer(selected)} selected`);
    const most = Math.min(matching, mostAtOnce);
    this.#all.hidden = selected >= most;
    setText(this.#all, matching > mostAtOnce ? `Select the first ${integer(mostAtOnce)} of ${integer(matching)}` : `Select all ${integer(matching)}`);
  }
}
