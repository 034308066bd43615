import type { AlertItem } from '../contract';
import { ApiError } from '../shell/api';
import { mayPass } from '../shell/insist';
import { may } from '../shell/user';
import { integer } from '../format/number';
import { byId, h } from '../ui/dom';
import { ActionBar } from './actions';
import { deliveries, inputs, stages, trace, trail, transaction, unbroken } from './detail-parts';
import { SnoozeForm } from './snooze';
import { customerStrip } from './strip';
import { type AlertRow, type Dossier, me, triage, type Verdict } from './triage-api';
import { decision, ruleSet, statusName } from './words';

const againAfter = 3_000;

interface Told {
  readonly onClose: () => void;
  /** Of the alert, whenever the server told how it stands. */
  readonly onChange?: (alert: AlertRow) => void;
  /** A snooze was made or ended. */
  readonly onSnooze?: () => void;
}

/** One alert in full, beside a list: the decision and its reason first, then what it rests on, then what was made of it. */
export class AlertDetail {
  readonly #root: HTMLElement;
  readonly #told: Told;
  readonly #actions: ActionBar;
  #shown: string | null = null;
  #dossier: Dossier | null = null;
  #asking: AbortController | null = null;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(told: Told, root: HTMLElement = byId('alert-detail')) {
    this.#root = root;
    this.#told = told;
    this.#actions = new ActionBar(() => this.refresh());
  }

  get open(): boolean {
    return this.#shown !== null;
  }

  /** The alert as it stands, once the server said so. */
  get alert(): AlertRow | null {
    return this.#dossier?.alert ?? null;
  }

  /** `arrivedAt` is the server time at which this page got the alert, null where it was there before. */
  show(alert: AlertItem | AlertRow, arrivedAt: number | null): void {
    const { id } = alert;
    const source = 'source' in alert ? alert.source : undefined;
    this.#shown = id;
    this.#dossier = null;
    this.#actions.clear();
    this.#root.dataset['transactionId'] = id;
    this.#root.dataset['severity'] = alert.severity;
    this.#root.replaceChildren(
      this.#head(alert),
      ...decisions(alert, this.#root.id),
      this.#actions.element,
      ...inputs(alert),
      section('detail-history'),
      ...transaction(alert),
      section('detail-stages', ...stages({ occurredAt: alert.occurredAt, committedAt: alert.committedAt }, arrivedAt)),
      section('detail-trail'),
      section('detail-trace', ...trace(alert.traceId, null)),
    );
    this.#root.scrollTop = 0;
    this.#root.hidden = false;
    this.#makeRoom(true);
    void this.#load(id, source, arrivedAt);
  }

  /** Asks again how the alert stands; what is being typed stays. */
  async refresh(): Promise<void> {
    const alert = this.#dossier?.alert;
    if (alert) await this.#load(alert.id, alert.source, null, false);
  }

  decide(status: Verdict): void {
    void this.#actions.decide(status);
  }

  undo(): void {
    void this.#actions.undo();
  }

  focus(): void {
    this.#root.querySelector<HTMLElement>('h2')?.focus({ preventScroll: true });
  }

  close(): void {
    if (!this.open) return;
    this.#asking?.abort();
    clearTimeout(this.#again);
    this.#shown = null;
    this.#dossier = null;
    // What nobody sees must not be decided by a key.
    this.#actions.clear();
    delete this.#root.dataset['transactionId'];
    this.#root.hidden = true;
    this.#makeRoom(false);
    this.#told.onClose();
  }

  async #load(id: string, source: string | undefined, arrivedAt: number | null, whole = true): Promise<void> {
    this.#asking?.abort();
    clearTimeout(this.#again);
    const asking = (this.#asking = new AbortController());
    try {
      const [dossier, user] = await Promise.all([triage.detail({ id, source }, asking.signal), me()]);
      if (asking.signal.aborted || this.#shown !== id) return;
      this.#dossier = dossier;
      const acts = may(user, 'analyst');
      this.#actions.show(dossier, user.name, acts);
      this.#fill('detail-stages', stages(dossier.stages, arrivedAt));
      this.#fill('detail-trail', [...trail(dossier), ...deliveries(dossier), this.#snoozes(dossier, acts)]);
      this.#fill('detail-trace', trace(dossier.alert.traceId, dossier.traceUrl));
      this.#root.querySelector('.detail-status')!.textContent = statusName(dossier.alert.status);
      this.#root.dataset['status'] = dossier.alert.status;
      this.#told.onChange?.(dossier.alert);
      if (!whole) return;
      const history = await triage.history(dossier.alert, asking.signal);
      if (!asking.signal.aborted && this.#shown === id) this.#fill('detail-history', customerStrip(history, dossier.alert));
    } catch (error) {
      if (asking.signal.aborted || this.#shown !== id) return;
      if (!(error instanceof ApiError)) throw error;
      if (whole) this.#fill('detail-history', [h('p', { class: 'empty', text: `What is known beyond this could not be read: ${error.message}` })]);
      if (mayPass(error)) this.#again = setTimeout(() => void this.#load(id, source, arrivedAt, whole), againAfter);
    }
  }

  /** The live page's grid has a place for it, the others make one by themselves. */
  #makeRoom(open: boolean): void {
    if (this.#root.id === 'alert-detail') document.body.classList.toggle('has-detail', open);
  }

  /** Made once for an alert, so that what is being typed stays. */
  #snoozes(dossier: Dossier, acts: boolean): HTMLElement {
    return this.#root.querySelector<HTMLElement>('.snooze') ?? new SnoozeForm(dossier, acts, () => this.#told.onSnooze?.()).element;
  }

  #fill(name: string, children: readonly HTMLElement[]): void {
    this.#root.querySelector(`.${name}`)?.replaceChildren(...children);
  }

  #head(alert: AlertItem | AlertRow): HTMLElement {
    const close = h('button', { type: 'button', class: 'button quiet', text: 'Close', title: 'Close (esc)' });
    close.addEventListener('click', () => this.close());
    return h(
      'header',
      { class: 'detail-head' },
      h('span', { class: 'severity', text: alert.severity }),
      h('span', { class: 'detail-score', text: `score ${integer(alert.score)}` }),
      h('span', { class: 'detail-status', testid: 'detail-status' }),
      close,
    );
  }
}

const section = (name: string, ...children: HTMLElement[]): HTMLElement => h('div', { class: `detail-section ${name}` }, ...children);

function decisions(alert: AlertItem | AlertRow, root: string): HTMLElement[] {
  const [first, ...others] = alert.hits;
  const title = first ? decision(first, alert.ruleSetVersion) : ['No rule recorded', ruleSet(alert.ruleSetVersion)];
  return [
    h('h2', { class: 'detail-decision', id: `${root}-title`, tabindex: '-1' }, ...unbroken(title)),
    ...others.map((hit) => h('p', { class: 'detail-also' }, ...unbroken(decision(hit, alert.ruleSetVersion)))),
  ];
}
