import { ApiError, postLeaving } from '../shell/api';
import { type AlertKey, holder, keyOf, triage } from '../alerts/triage-api';

const heartbeat = 15_000;
const mostPassed = 100;

/** The alert this page has taken: told to be still at it while it is open, given back when it is left. */
export class ClaimKeeper {
  readonly #onLost: (sentence: string) => void;
  readonly #passed: AlertKey[] = [];
  #taken: AlertKey | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;

  /** @param onLost The server says that somebody else may have it now. */
  constructor(onLost: (sentence: string) => void) {
    this.#onLost = onLost;
    // Also when the tab is closed: a request that may outlive its page.
    addEventListener('pagehide', () => this.#giveBack(true));
  }

  get taken(): AlertKey | null {
    return this.#taken;
  }

  /** What it was given and left: "take next" means another one. */
  get passed(): readonly AlertKey[] {
    return this.#passed;
  }

  /** The server has given this page the alert, and taken back the one it had. */
  keep({ id, source }: AlertKey): void {
    this.#taken = { id, source };
    this.#passed.push(this.#taken);
    if (this.#passed.length > mostPassed) this.#passed.shift();
    this.#timer ??= setInterval(() => void this.#beat(), heartbeat);
  }

  /** The server has given the page an alert after it was left: nobody saw it, so it is given back, and offered again. */
  decline({ id, source }: AlertKey): void {
    this.#release({ id, source });
  }

  /** Everything was passed over once: from the start again. */
  forget(): void {
    this.#passed.length = 0;
  }

  /** Another alert is open now, or none. */
  leaveUnless(open: AlertKey | null): void {
    if (this.#taken && (!open || keyOf(open) !== keyOf(this.#taken))) this.#giveBack(false);
  }

  async #beat(): Promise<void> {
    const taken = this.#taken;
    if (!taken) return;
    try {
      await triage.renew(taken);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // A server that is away for a moment takes nothing from anybody; the next beat tells.
      if (error.status !== 409 || this.#taken !== taken) return;
      this.#stop();
      this.#onLost(error.message);
    }
  }

  #giveBack(leaving: boolean): void {
    const taken = this.#taken;
    if (!taken) return;
    this.#stop();
    if (leaving) {
      const { id, source } = taken;
      postLeaving('/api/alerts/release', { holder, id, source }); // Where it does not arrive, it runs out by itself.
    } else {
      this.#release(taken);
    }
  }

  #release(key: AlertKey): void {
    void triage.release(key).catch((error: unknown) => {
      if (!(error instanceof ApiError)) throw error; // It runs out by itself.
    });
  }

  #stop(): void {
    this.#taken = null;
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }
}
