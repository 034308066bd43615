import { integer } from '../format/number';
import { h } from '../ui/dom';
import type { Overview, WebhookTarget } from './contract';
import { card, cell, empty, headCell, redraw, table, text, verdict, when } from './draw';
import type { Context, View } from './view';

/** Who is told of alerts, and whether they were reached. */
export class WebhooksView implements View {
  readonly root = h('div', { class: 'view', testid: 'webhooks' });
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  show(): void {}

  refresh({ webhooks }: Overview): Promise<void> {
    const may = this.#context.mayCommand();
    redraw(this.root, [webhooks, may], () => [
      card('Deliveries of alerts', 'one for each alert and target, through an outbox', webhooks.length === 0 ? empty('No target is configured: Webhooks:Targets names who is told of alerts.') : this.#table(webhooks, may)),
    ]);
    return Promise.resolve();
  }

  #table(webhooks: readonly WebhookTarget[], may: boolean): HTMLElement {
    const { element, body } = table('Deliveries of alerts', ['Target', 'From severity', 'Wait', 'Oldest', 'Delivered in 24 h', 'Dead letters', 'Last error', '']);
    for (const target of webhooks)
      body.append(
        h(
          'tr',
          {},
          headCell(text(target.target)),
          cell(target.minSeverity),
          cell(integer(target.pending)),
          cell(target.oldestPending ? when(target.oldestPending) : text('–', 'quiet')),
          cell(integer(target.deliveredToday)),
          cell(target.dead === 0 ? verdict('good', 'none') : verdict('warn', integer(target.dead))),
          cell(h('span', { class: 'sample quiet', text: target.lastError ?? '' })),
          cell(may && target.dead > 0 ? this.#retry(target) : null),
        ),
      );
    return element;
  }

  #retry(target: WebhookTarget): HTMLElement {
    const button = h('button', { type: 'button', class: 'button', text: 'Try again', title: `Takes the dead letters of ${target.target} up again` });
    button.addEventListener('click', () => {
      button.disabled = true;
      void this.#context.ask('webhooks retry', { target: target.target }).finally(() => (button.disabled = false));
    });
    return button;
  }
}
