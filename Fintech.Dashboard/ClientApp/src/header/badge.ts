import { integer } from '../format/number';
import type { Health } from '../live/health';
import { byId, h, setData, setText } from '../ui/dom';

/** Connection, age of the data and lag in one place, always visible. */
export class Badge {
  readonly #root = byId('badge');
  readonly #label = h('span', { class: 'badge-label' });
  readonly #detail = h('span', { class: 'badge-detail' });
  readonly #lag = h('span', { class: 'badge-lag', title: 'Stream entries that the warehouse does not hold yet' });

  constructor() {
    this.#root.append(h('span', { class: 'badge-dot', 'aria-hidden': 'true' }), this.#label, this.#detail, this.#lag);
  }

  render(health: Health): void {
    setData(this.#root, 'state', health.state);
    setText(this.#label, health.label);
    setText(this.#detail, health.detail);
    setText(this.#lag, health.lag === null ? '' : `lag ${integer(health.lag)}`);
  }
}
