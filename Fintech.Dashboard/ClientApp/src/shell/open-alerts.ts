import { integer } from '../format/number';
import { setText, setTitle } from '../ui/dom';
import { getJson } from './api';

/** The answer of GET /api/alerts/open: counting ends at `most`. */
interface Open {
  readonly open: number;
  readonly most: number;
}

/** However many reasons there are to ask, so often at most. */
const pause = 5_000;
/** What others decide is seen after this at the latest. */
const round = 30_000;

/** How many alerts wait for somebody, on the tab of the alerts, whichever page one is on. */
export class OpenAlerts {
  readonly #element: HTMLElement;
  readonly #ask: () => Promise<Open>;
  #busy = false;
  #again = false;

  constructor(element: HTMLElement, ask: () => Promise<Open> = () => getJson<Open>('/api/alerts/open')) {
    this.#element = element;
    this.#ask = ask;
    setInterval(() => this.wake(), round);
    document.addEventListener('visibilitychange', () => this.wake());
    this.wake();
  }

  /** A new alert came, or one was decided. */
  wake(): void {
    if (document.hidden) return;
    if (this.#busy) this.#again = true;
    else void this.#count();
  }

  async #count(): Promise<void> {
    this.#busy = true;
    try {
      const { open, most } = await this.#ask();
      const number = open >= most ? `${integer(most)}+` : integer(open);
      setText(this.#element, open === 0 ? '' : number);
      setTitle(this.#element, open === 0 ? '' : `${number} ${open === 1 ? 'alert is' : 'alerts are'} open`);
    } catch {
      // The number stays as it was; that the server does not answer is the badge's to say.
    }
    setTimeout(() => {
      this.#busy = false;
      if (!this.#again) return;
      this.#again = false;
      this.wake();
    }, pause);
  }
}
