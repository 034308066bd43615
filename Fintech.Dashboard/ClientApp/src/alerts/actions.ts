import { ApiError } from '../shell/api';
import { insist } from '../shell/insist';
import { age } from '../format/time';
import { h } from '../ui/dom';
import { type Dossier, holder, keyOf, type Status, triage, type Verdict } from './triage-api';

const verdicts: readonly { readonly status: Verdict; readonly text: string; readonly key: string; readonly from: readonly Status[] }[] = [
  { status: 'acknowledged', text: 'Acknowledge', key: 'a', from: ['open'] },
  { status: 'confirmed_fraud', text: 'Fraud', key: 'f', from: ['open', 'acknowledged'] },
  { status: 'false_positive', text: 'False positive', key: 'p', from: ['open', 'acknowledged'] },
];

/** What may be made of the alert that is shown, and who is at it. The server decides; this offers what it would take. */
export class ActionBar {
  readonly element = h('div', { class: 'decide', testid: 'decide' });
  readonly #onDone: () => Promise<void>;
  readonly #comment = h('input', { type: 'text', class: 'field', maxlength: '2000', placeholder: 'Comment', 'aria-label': 'Comment' });
  readonly #buttons = h('div', { class: 'decide-buttons' });
  readonly #said = h('p', { class: 'decide-said', role: 'status' });
  /** Alerts whose decision is on its way: another one may be decided meanwhile. */
  readonly #sending = new Set<string>();
  #claim: HTMLElement | null = null;
  #dossier: Dossier | null = null;
  #acts = false;

  constructor(onDone: () => Promise<void>) {
    this.#onDone = onDone;
  }

  clear(): void {
    this.#dossier = null;
    this.#comment.value = '';
    this.#said.textContent = '';
    this.element.replaceChildren();
  }

  show(dossier: Dossier, name: string, acts: boolean): void {
    this.#dossier = dossier;
    this.#acts = acts;
    const { claim, status } = dossier.alert;
    const theirs = claim !== null && claim.actor !== name;
    this.#claim?.remove();
    this.#claim =
      claim && claim.holder !== holder
        ? h('p', {
            class: 'decide-claim',
            testid: 'claimed',
            text: `${claim.actor} has been working on this for ${age(Math.max(0, Date.parse(dossier.at) - Date.parse(claim.since)))}${theirs ? '.' : ', on another page.'}`,
          })
        : null;
    // The field for the comment stays where it is: without it, what is being typed would go to the keys that decide.
    if (!acts) this.element.replaceChildren();
    else if (!this.#comment.parentElement) this.element.append(this.#comment, this.#buttons, this.#said);
    if (this.#claim) this.element.prepend(this.#claim);
    if (acts) this.#offer(theirs, status);
  }

  #offer(theirs: boolean, status: Status): void {
    const focused = this.#buttons.contains(document.activeElement);
    this.#buttons.replaceChildren();
    for (const verdict of verdicts) {
      const button = h('button', { type: 'button', class: 'button decide-button', title: `${verdict.text} (${verdict.key})`, 'data-verdict': verdict.status, text: verdict.text });
      button.disabled = theirs || !verdict.from.includes(status);
      button.addEventListener('click', () => void this.decide(verdict.status));
      this.#buttons.append(button);
    }
    const undo = h('button', { type: 'button', class: 'button quiet', title: 'Take the last decision back (u)', 'data-verdict': 'undo', text: 'Undo' });
    undo.disabled = theirs || status === 'open';
    undo.addEventListener('click', () => void this.undo());
    this.#buttons.append(undo);
    // What was pressed may be gone now: the keyboard stays here all the same.
    if (focused) this.#buttons.querySelector<HTMLButtonElement>('button:not(:disabled)')?.focus({ preventScroll: true });
  }

  decide(status: Verdict): Promise<void> {
    return this.#send((dossier, comment) => triage.decide([dossier.alert], status, comment));
  }

  undo(): Promise<void> {
    return this.#send((dossier, comment) => triage.undo(dossier.alert, comment));
  }

  async #send(write: (dossier: Dossier, comment: string | null) => Promise<unknown>): Promise<void> {
    const dossier = this.#dossier;
    if (!dossier || !this.#acts || this.#sending.has(keyOf(dossier.alert))) return;
    const key = keyOf(dossier.alert);
    const comment = this.#comment.value.trim() || null;
    // What was read anew meanwhile is still the same alert, and its reader waits for the answer.
    const shown = (): boolean => this.#dossier !== null && keyOf(this.#dossier.alert) === key;
    this.#sending.add(key);
    try {
      // It names what was seen, so it is made once however often it arrives.
      await insist(() => write(dossier, comment), { onAway: (sentence) => shown() && this.#tell(sentence, true) });
      if (shown()) {
        this.#comment.value = '';
        this.#tell('', false);
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (shown()) this.#tell(error.message, true);
    } finally {
      this.#sending.delete(key);
    }
    // Also after a refusal: somebody else decided, and that is what is shown now.
    await this.#onDone();
  }

  #tell(sentence: string, refused: boolean): void {
    this.#said.textContent = sentence;
    this.#said.classList.toggle('is-refused', refused);
  }
}
