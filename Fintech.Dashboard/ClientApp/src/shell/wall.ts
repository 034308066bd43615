import { replaceAddress } from './address';

const stillAfter = 4_000;

/**
 * The view for a screen on the wall: everything larger, what needs a mouse out of the way until one moves, and the screen kept awake where the
 * browser can. It is part of the address (`?wall`), so that a kiosk starts with it; nothing rotates by itself.
 */
export class Wall {
  readonly #button: HTMLButtonElement;
  #lock: WakeLockSentinel | null = null;
  #still: ReturnType<typeof setTimeout> | undefined;

  constructor(button: HTMLButtonElement) {
    this.#button = button;
    button.addEventListener('click', () => this.toggle());
    // A lock ends when the page goes out of sight, and is not given back by itself.
    document.addEventListener('visibilitychange', () => void this.#keepAwake());
    for (const moved of ['pointermove', 'keydown', 'focusin']) document.addEventListener(moved, () => this.#stir(), { passive: true });
    this.#apply(new URLSearchParams(location.search).has('wall'));
  }

  get on(): boolean {
    return document.documentElement.dataset['wall'] !== undefined;
  }

  toggle(): void {
    this.#apply(!this.on);
    replaceAddress(location.href);
  }

  #apply(on: boolean): void {
    if (on) document.documentElement.dataset['wall'] = '';
    else delete document.documentElement.dataset['wall'];
    this.#button.setAttribute('aria-pressed', String(on));
    void this.#keepAwake();
    this.#stir();
  }

  #stir(): void {
    clearTimeout(this.#still);
    delete document.documentElement.dataset['still'];
    if (this.on) this.#still = setTimeout(() => (document.documentElement.dataset['still'] = ''), stillAfter);
  }

  async #keepAwake(): Promise<void> {
    if (!this.on) {
      await this.#lock?.release();
      this.#lock = null;
      return;
    }
    if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
    try {
      this.#lock = await navigator.wakeLock.request('screen');
    } catch {
      // Refused, for example on battery: the screen then sleeps as its owner set it, and the page is the same.
      this.#lock = null;
    }
  }
}
