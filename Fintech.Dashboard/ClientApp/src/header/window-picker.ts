import { type WindowKey, windows } from '../contract';
import { windowWords } from '../live/windows';
import { byId, h } from '../ui/dom';

/** The window of the figures, a group of radio buttons: arrows move, the address remembers. */
export class WindowPicker {
  readonly #inputs = new Map<WindowKey, HTMLInputElement>();

  constructor(onPick: (window: WindowKey) => void) {
    const root = byId('windows');
    for (const key of windows) {
      const input = h('input', { type: 'radio', name: 'window', value: key });
      input.addEventListener('change', () => onPick(key));
      this.#inputs.set(key, input);
      root.append(
        h(
          'label',
          { title: `Figures of ${windowWords[key].long}` },
          input,
          h('span', { text: windowWords[key].short, 'data-text': windowWords[key].short }),
        ),
      );
    }
  }

  show(window: WindowKey): void {
    this.#inputs.get(window)!.checked = true;
  }
}
