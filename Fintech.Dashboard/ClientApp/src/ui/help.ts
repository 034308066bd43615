import { byId, h } from './dom';

const keys: readonly (readonly [keys: readonly string[], does: string])[] = [
  [['space'], 'Pause, and resume'],
  [['w'], 'Next window: 5 min, 1 h, today, all'],
  [['j', 'k'], 'Next and previous alert'],
  [['enter'], 'Open the selected alert'],
  [['a'], 'Acknowledge the alert'],
  [['f'], 'Confirm it as fraud'],
  [['p'], 'Call it a false positive'],
  [['u'], 'Take the last decision back'],
  [['n'], 'Alerts: take the next one'],
  [['x'], 'Alerts: select, with shift and click all between'],
  [['/'], 'Filter'],
  [['esc'], 'Close what is open'],
  [['1', '2', '3', '4'], 'Live, alerts, history, pipeline'],
  [['t'], 'Light or dark colours'],
  [['?'], 'This help'],
];

/** The overlay with the keys, a native dialog: focus stays inside and escape closes it. */
export class Help {
  readonly #dialog = byId<HTMLDialogElement>('help');

  constructor(button: HTMLButtonElement) {
    const close = h('button', { type: 'button', class: 'button', text: 'Close' });
    const list = h('dl', { class: 'keys' });
    for (const [names, does] of keys) {
      const term = h('dt');
      for (const name of names) term.append(h('kbd', { text: name }));
      list.append(term, h('dd', { text: does }));
    }

    this.#dialog.append(h('h2', { id: 'help-title', text: 'Keys' }), list, close);
    button.addEventListener('click', () => this.toggle());
    close.addEventListener('click', () => this.#dialog.close());
    this.#dialog.addEventListener('click', (event) => event.target === this.#dialog && this.#dialog.close());
  }

  toggle(): void {
    if (this.#dialog.open) this.#dialog.close();
    else this.#dialog.showModal();
  }
}
