import '../alerts/alerts.css';
import './triage.css';
import { AlertDetail } from '../alerts/detail';
import type { AlertRow, Verdict } from '../alerts/triage-api';
import { replaceAddress } from '../shell/address';
import { may } from '../shell/user';
import type { Page, PageModule, Shell } from '../shell/page';
import { integer } from '../format/number';
import { h, setText } from '../ui/dom';
import { BulkBar } from './bulk';
import { addressOf, type Filter, filterOf } from './filter';
import { FilterBar } from './filter-bar';
import { TriageList } from './list';
import { SnoozeList } from './snooze-list';
import { Worklist } from './worklist';

/** The work on alerts: the list on the left, one of them in full on the right. */
class TriagePage implements Page {
  readonly #news = h('button', { type: 'button', class: 'triage-news', testid: 'news' });
  readonly #said = h('p', { class: 'triage-said', role: 'status', testid: 'said' });
  readonly #empty = h('p', { class: 'empty', text: 'Reading the alerts.' });
  readonly #more = h('button', { type: 'button', class: 'button triage-more', text: 'More' });
  readonly #take = h('button', { type: 'button', class: 'button primary', title: 'Take the next alert (n)', testid: 'take-next', text: 'Take next' });
  readonly #bar: FilterBar;
  readonly #list: TriageList;
  readonly #bulk: BulkBar;
  readonly #detail: AlertDetail;
  readonly #snoozes = new SnoozeList();
  readonly #work: Worklist;
  readonly #shell: Shell;
  #shown = false;

  constructor(root: HTMLElement, shell: Shell) {
    this.#shell = shell;
    this.#bar = new FilterBar((filter) => this.#work.filter(filter));
    this.#list = new TriageList({ onOpen: (alert) => this.#open(alert), onSelection: () => this.#renderSelection() });
    this.#bulk = new BulkBar({
      onDecide: (status, comment) => void this.#decideAll(status, comment),
      onAll: () => void this.#work.readAll().then(() => this.#list.selectAll()),
      onNone: () => this.#list.selectNone(),
    });
    const detail = h('section', { class: 'card detail', id: 'triage-detail', testid: 'triage-detail', 'aria-labelledby': 'triage-detail-title', hidden: '' });
    this.#detail = new AlertDetail(
      {
        onClose: () => this.#left(),
        onChange: (alert) => {
          this.#work.know(alert);
          shell.recount();
        },
        onSnooze: () => void this.#snoozes.read(this.#acts),
      },
      detail,
    );
    this.#work = new Worklist({
      onChange: () => this.#render(),
      onSay: (sentence) => this.#say(sentence),
      onDecided: () => {
        void this.#detail.refresh();
        shell.recount();
      },
    });

    this.#news.addEventListener('click', () => void this.#work.read());
    this.#more.addEventListener('click', () => void this.#work.readMore());
    this.#take.addEventListener('click', () => void this.#takeNext());
    root.append(
      h('header', { class: 'triage-head' }, h('h2', { class: 'page-title', text: 'Alerts' }), this.#bar.states, this.#bar.toggle, this.#take),
      this.#bar.element,
      h(
        'div',
        { class: 'triage-body' },
        h('section', { class: 'card triage-card', 'aria-label': 'Alerts' }, this.#news, this.#bulk.element, this.#said, h('div', { class: 'scroll' }, this.#list.element, this.#empty, this.#more, this.#snoozes.element)),
        detail,
      ),
    );
    this.#news.hidden = true;
    this.#more.hidden = true;
  }

  readonly keys = {
    j: () => this.#step(1),
    k: () => this.#step(-1),
    Enter: () => {
      if (this.#list.current) this.#open(this.#list.current);
    },
    a: () => this.#decide('acknowledged'),
    f: () => this.#decide('confirmed_fraud'),
    p: () => this.#decide('false_positive'),
    u: () => this.#detail.undo(),
    n: () => void this.#takeNext(),
    x: () => this.#list.toggle(),
    '/': () => this.#bar.focus(),
    Escape: () => (this.#detail.open ? this.#detail.close() : this.#list.selectNone()),
  };

  show(): void {
    this.#shown = true;
    const filter = filterOf(location.search);
    const query = new URLSearchParams(location.search);
    const [id, source] = [query.get('id'), query.get('source')];
    this.#bar.show(filter);
    this.#snoozes.forget();
    void this.#start(filter, id, source);
  }

  async #start(filter: Filter, id: string | null, source: string | null): Promise<void> {
    if (!(await this.#work.start(filter))) return;
    // Who looks is known by now, and with it who may end one.
    void this.#snoozes.read(this.#acts);
    const wanted = this.#list.alerts.find((alert) => alert.id === id && alert.source === source);
    if (wanted) this.#open(wanted);
    else if (id !== null && !this.#detail.open) {
      const alert = await this.#work.one(id, source);
      if (alert) this.#open(alert);
    }
  }

  hide(): void {
    // First: by now the address is that of another page.
    this.#shown = false;
    this.#work.stop();
    this.#detail.close();
  }

  get #acts(): boolean {
    return may(this.#work.user, 'analyst');
  }

  #render(): void {
    if (!this.#shown) return;
    const work = this.#work;
    const acts = this.#acts;
    this.#bar.show(work.current);
    if (work.counts) this.#bar.counts(work.counts);
    this.#bar.rules(work.rules);
    this.#take.hidden = !acts;
    this.#list.render(work.alerts, acts);
    this.#more.hidden = !work.more;
    this.#empty.hidden = work.alerts.length > 0;
    setText(this.#empty, work.emptyWords());
    this.#news.hidden = work.added === 0;
    setText(this.#news, work.added === 1 ? '1 new alert: show it' : `${integer(work.added)} new alerts: show them`);
    this.#renderSelection();
    replaceAddress(addressOf(work.current, this.#detail.alert));
  }

  #renderSelection(): void {
    this.#bulk.render(this.#list.selection.length, this.#work.matching);
  }

  #open(alert: AlertRow): void {
    if (!this.#shown) return;
    this.#list.choose(alert);
    this.#work.claims.leaveUnless(alert);
    this.#detail.show(alert, null);
    this.#detail.focus();
  }

  #left(): void {
    this.#work.claims.leaveUnless(null);
    if (!this.#shown) return;
    this.#list.focusCurrent();
    replaceAddress(addressOf(this.#work.current, null));
  }

  #step(by: 1 | -1): void {
    const alert = this.#list.move(by);
    if (!alert || !this.#detail.open) return;
    this.#work.claims.leaveUnless(alert);
    this.#detail.show(alert, null);
  }

  #decide(status: Verdict): void {
    if (this.#list.selection.length > 0) void this.#decideAll(status, null);
    else this.#detail.decide(status);
  }

  async #decideAll(status: Verdict, comment: string | null): Promise<void> {
    this.#list.unselect(await this.#work.decide(this.#list.selection, status, comment));
  }

  async #takeNext(): Promise<void> {
    if (!this.#acts) return;
    const alert = await this.#work.takeNext();
    if (alert) this.#open(alert);
  }

  #say(sentence: string): void {
    setText(this.#said, sentence);
    if (sentence) this.#shell.announcer.say(sentence);
  }
}

export const create: PageModule['create'] = (root, shell): Page => new TriagePage(root, shell);
