import { snoozeItem } from '../alerts/snooze';
import { triage } from '../alerts/triage-api';
import { ApiError } from '../shell/api';
import { integer } from '../format/number';
import { h } from '../ui/dom';

/** Snoozes in force, of all customers: beneath the list, folded. */
export class SnoozeList {
  readonly element = h('details', { class: 'triage-snoozes', testid: 'snoozes', hidden: '' });

  async read(acts: boolean): Promise<void> {
    try {
      const snoozes = await triage.snoozes();
      const said = h('p', { class: 'quiet', role: 'status' });
      this.element.hidden = snoozes.length === 0;
      this.element.replaceChildren(
        h('summary', { text: snoozes.length === 1 ? '1 snooze in force' : `${integer(snoozes.length)} snoozes in force` }),
        h('ul', { class: 'snoozes' }, ...snoozes.map((snooze) => {
          const item = snoozeItem(snooze, acts, (sentence) => (said.textContent = sentence));
          item.prepend(h('strong', { text: `Customer ${String(snooze.customerId)} ` }));
          return item;
        })),
        said,
      );
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.element.hidden = true; // The list above says already what is wrong.
    }
  }
}
