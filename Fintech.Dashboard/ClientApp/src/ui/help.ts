import './help.css';
import { preferences } from '../settings/preferences';
import { Dialog } from './dialog';
import { h } from './dom';
import { type KeyActions, linesOf } from './keys';

interface Contents {
  /** Name of the page one is on. */
  readonly page: string;
  readonly ofPage: KeyActions;
  readonly everywhere: KeyActions;
}

/** The overlay with the keys: those of the page one is on, then those that work everywhere. */
export class Help {
  readonly #dialog = new Dialog({ title: 'Keys', id: 'help' });
  readonly #contents: () => Contents;

  constructor(contents: () => Contents) {
    this.#contents = contents;
  }

  toggle(): void {
    if (!this.#dialog.isOpen) {
      const { page, ofPage, everywhere } = this.#contents();
      this.#dialog.body.replaceChildren(...section(page, ofPage), ...section('On every page', everywhere));
      if (!preferences().keys) this.#dialog.body.prepend(h('p', { class: 'keys-off', text: 'Keys of one letter are switched off in the settings.' }));
    }
    this.#dialog.toggle();
  }
}

function section(title: string, actions: KeyActions): HTMLElement[] {
  const lines = linesOf(actions);
  if (lines.length === 0) return [];
  const list = h('dl', { class: 'keys' });
  for (const { keys, does } of lines) {
    const term = h('dt');
    for (const key of keys) term.append(h('kbd', { text: key }));
    list.append(term, h('dd', { text: does }));
  }
  return [h('h3', { class: 'keys-title', text: title }), list];
}
