import { snoozeItem } from '../alerts/snooze';
import { triage } from '../alerts/triage-api';
import { ApiError } from '../shell/api';
import { integer } from '../format/number';
import { h, setText } from '../ui/dom';

/** Snoozes in force, of all customers: beneath the list, folded. */
export class SnoozeList {
  readonly element = h('details', { class: 'triage-snoozes', testid: 'snoozes', hidden: '' });
  readonly #summary = h('summary');
  readonly #list = h('ul', { class: 'snoozes' });
  readonly #said = h('p', { class: 'quiet', role: 'status' });

  constructor() {
    this.element.append(this.#summary, this.#list, this.#said);
  }

  /** @param acts Whether the viewer may end one. */
  async read(acts: boolean): Promise<void> {
    try {
      const snoozes = await triage.snoozes();
      // The last one that was ended leaves its answer to be read.
      this.element.hidden = snoozes.length === 0 && this.#said.textContent === '';
      setText(this.#summary, snoozes.length === 1 ? '1 snooze in force' : `${integer(snoozes.length)} snoozes in force`);
      this.#list.replaceChildren(
        ...snoozes.map((snooze) => {
          const item = snoozeItem(snooze, acts, (sentence) => setText(this.#said, sentence), () => this.read(acts));
          item.prepend(h('strong', { text: `Customer ${String(snooze.customerId)} ` }));
          return item;
        }),
      );
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.element.hidden = true; // The list above says already what is wrong.
    }
  }

  /** What was said to what was done before is not said again to who comes back. */
  forget(): void {
    setText(this.#said, '');
  }
}
