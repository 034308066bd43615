import '../kpis/kpis.css';
import '../amounts/amounts.css';
import '../breakdown/breakdown.css';
import '../alerts/alerts.css';
import '../latest/latest.css';
import '../filters/filters.css';
import { AlertDetail } from '../alerts/detail';
import { AlertList } from '../alerts/list';
import { AmountPanel } from '../amounts/panel';
import { CategoryTable, MerchantTable } from '../breakdown/tables';
import { type AlertItem, type WindowKey, windows } from '../contract';
import { FilterBar } from '../filters/bar';
import { addressWith, type FilterPart, parse, requestOf } from '../filters/model';
import { PauseControl } from '../header/pause-control';
import { WindowPicker } from '../header/window-picker';
import { KpiCards } from '../kpis/kpis';
import { LatestList } from '../latest/latest';
import { pushAddress, replaceAddress } from '../shell/address';
import type { Page } from '../shell/page';
import type { Announcer } from '../ui/announcer';
import { paced } from '../ui/paced';
import type { LiveState } from './state';
import { addressOf, windowOf } from './windows';

/** Payments as they happen: draws what the state holds, at its own pace. */
export class LivePage implements Page {
  readonly #state: LiveState;
  readonly #announcer: Announcer;
  readonly #choose: () => void;
  readonly #pauseControl = new PauseControl(() => this.#togglePause());
  readonly #picker = new WindowPicker((window) => this.#pick(window));
  readonly #cards = new KpiCards();
  readonly #amounts = new AmountPanel((id) => this.#openById(id), () => this.#renderAmounts());
  readonly #filters = new FilterBar((parts) => this.#filter(parts));
  readonly #categories = new CategoryTable((name) => this.#filters.add('category', name));
  readonly #merchants = new MerchantTable((name) => this.#filters.add('merchant', name));
  readonly #alerts = new AlertList((alert) => this.#open(alert));
  readonly #detail = new AlertDetail({
    onClose: () => {
      this.#alerts.focusSelected();
      this.#alerts.select(null);
    },
  });
  readonly #latest = new LatestList();
  #shown = false;

  // As often as it can be read: figures five times a second, the chart four times, totals twice, and rows that replace one another wholesale once.
  readonly #drawFigures = paced(() => this.#renderFigures(), 200);
  readonly #drawAmounts = paced(() => this.#renderAmounts(), 250);
  readonly #drawBreakdown = paced(() => this.#renderBreakdown(), 500);
  readonly #drawLatest = paced(() => this.#renderLatest(), 1_000);

  readonly #drawAnew = [() => this.#renderFigures(), () => this.#renderAmounts(), () => this.#renderBreakdown(), () => this.#renderLatest()].map(
    (job) => paced(job, 0),
  );

  /** @param choose Asks the server for what the state wants now: window and filter. */
  constructor(state: LiveState, announcer: Announcer, choose: () => void) {
    this.#state = state;
    this.#announcer = announcer;
    this.#choose = choose;
  }

  readonly keys = {
    ' ': () => this.#togglePause(),
    w: () => this.#pick(windows[(windows.indexOf(this.#state.window) + 1) % windows.length]!),
    j: () => this.#step(1),
    k: () => this.#step(-1),
    Enter: () => {
      if (this.#alerts.selected) this.#open(this.#alerts.selected);
    },
    a: () => this.#detail.decide('acknowledged'),
    f: () => this.#detail.decide('confirmed_fraud'),
    p: () => this.#detail.decide('false_positive'),
    u: () => this.#detail.undo(),
    v: () => this.#amounts.toggle(),
    Escape: () => this.#detail.close(),
    '/': () => this.#filters.open(),
  };

  show(): void {
    this.#shown = true;
    const window = windowOf(location.search);
    const parts = parse(location.search);
    const asks = this.#state.narrow(requestOf(parts)) || window !== this.#state.window;
    this.#state.window = window;
    this.#picker.show(window);
    this.#filters.show(parts);
    if (asks) this.#choose();
    this.renderAll();
  }

  hide(): void {
    this.#shown = false;
  }

  /** A frame came: what moves is drawn, soon. */
  drawFrame(): void {
    if (!this.#shown || this.#state.pause) return;
    this.#drawFigures();
    this.#drawAmounts();
    this.#drawBreakdown();
    this.#drawLatest();
  }

  /** A snapshot came, and all is new: soon, and yet a frame for each part. */
  drawSnapshot(): void {
    for (const draw of this.#drawAnew) draw();
  }

  /** Ages grow, with a frame or without. */
  drawAges(): void {
    if (this.#shown && !this.#state.pause) this.#drawFigures();
  }

  renderPause(): void {
    this.#pauseControl.render(this.#state.pause);
  }

  /** At once and not paced: after a pause has begun nothing may move any more. */
  renderAll(): void {
    if (!this.#shown) return;
    this.#renderFigures();
    this.#renderAmounts();
    this.#renderBreakdown();
    this.#renderLatest();
  }

  #renderFigures(): void {
    const { view } = this.#state;
    if (!view || !this.#shown) return;
    this.#cards.render(view);
    this.#filters.render(view);
    this.#alerts.render(view, this.#threshold());
  }

  #renderAmounts(): void {
    if (this.#state.view && this.#shown) this.#amounts.render(this.#state.view, this.#threshold());
  }

  #renderBreakdown(): void {
    const { view } = this.#state;
    if (!view || !this.#shown) return;
    this.#categories.render(view);
    this.#merchants.render(view);
  }

  #renderLatest(): void {
    if (this.#state.view && this.#shown) this.#latest.render(this.#state.view);
  }

  /** As the server says it, else as the newest alert met it. */
  #threshold(): number | null {
    const frame = this.#state.view?.frame;
    return frame?.threshold ?? frame?.alerts.flatMap((alert) => alert.hits).find((hit) => hit.input === 'amount')?.threshold ?? null;
  }

  #pick(window: WindowKey): void {
    this.#state.window = window;
    replaceAddress(addressOf(window, location.href));
    this.#picker.show(window);
    if (this.#state.pause) this.#state.filter = this.#state.shown;
    this.#choose();
  }

  /** Each change is a step that "back" undoes; a window is a way of looking and none. */
  #filter(parts: readonly FilterPart[]): void {
    pushAddress(addressWith(parts, location.href));
    if (this.#state.narrow(requestOf(parts))) this.#choose();
    this.renderAll();
    const { view } = this.#state;
    if (view) this.#announcer.say(view.filter ? 'Filter changed.' : 'No filter.');
  }

  #togglePause(): void {
    if (this.#state.pause) {
      if (this.#state.resume()) this.#choose();
    } else {
      this.#state.hold();
    }
    document.body.classList.toggle('is-paused', this.#state.pause !== null);
    this.#announcer.say(this.#state.pause ? 'Paused.' : 'Resumed.');
    this.renderPause();
    this.renderAll();
  }

  #open(alert: AlertItem): void {
    this.#alerts.select(alert.id);
    this.#detail.show(alert, this.#state.arrivalOf(alert.id));
    this.#detail.focus();
  }

  #openById(id: string): void {
    const alert = this.#alerts.find(id);
    if (alert) this.#open(alert);
  }

  #step(by: 1 | -1): void {
    const alert = this.#alerts.move(by);
    if (alert && this.#detail.open) this.#detail.show(alert, this.#state.arrivalOf(alert.id));
  }
}
