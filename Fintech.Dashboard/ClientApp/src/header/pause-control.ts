import { integer } from '../format/number';
import { clock } from '../format/time';
import type { Pause } from '../live/state';
import { byId, setData, setText } from '../ui/dom';

/** The pause button and what was missed meanwhile: "214 new, 2 alerts since 14:03:12". */
export class PauseControl {
  readonly #button = byId<HTMLButtonElement>('pause');
  readonly #note = byId('paused');

  constructor(onToggle: () => void) {
    this.#button.addEventListener('click', onToggle);
    this.#note.addEventListener('click', onToggle);
  }

  render(pause: Pause | null): void {
    setData(this.#button, 'paused', String(pause !== null));
    this.#button.setAttribute('aria-pressed', String(pause !== null));
    this.#button.title = pause ? 'Resume (space)' : 'Pause (space)';
    this.#note.hidden = pause === null;
    if (pause) setText(this.#note, sentence(pause));
  }
}

export function sentence({ since, missed }: Pause): string {
  const about = missed.exact ? '' : 'about ';
  const alerts = missed.alerts === 1 ? '1 alert' : `${integer(missed.alerts)} alerts`;
  return `Paused · ${about}${integer(missed.transactions)} new, ${alerts} since ${clock(since)}`;
}
