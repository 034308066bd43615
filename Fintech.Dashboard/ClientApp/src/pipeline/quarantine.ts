import { getJson } from '../shell/api';
import { integer } from '../format/number';
import { h } from '../ui/dom';
import type { Overview, QuarantineGroup, RejectedPage, RejectedRow } from './contract';
import { question, textField } from './dialog';
import { cell, empty, headCell, redraw, rowsOf, table, text, when } from './draw';
import { RejectedView } from './rejected';
import { rowStatus } from './status';
import type { Context, View } from './view';
import { checkTitle, many, sum } from './words';

const statuses = ['open', 'replayed', 'discarded', 'all'] as const;

/** What was set aside, by check and origin, row by row, and the way back. */
export class QuarantineView implements View {
  readonly root = h('div', { class: 'view' });
  readonly #list = h('div', { class: 'view', testid: 'quarantine' });
  readonly #groups = h('section', { class: 'card', 'aria-label': 'By check and origin' });
  readonly #filters = h('div', { class: 'filters', role: 'group', 'aria-label': 'Which rows' });
  readonly #detail: RejectedView;
  readonly #rows;
  readonly #none = empty('');
  readonly #more = h('button', { type: 'button', class: 'button more', text: 'Older rows' });
  readonly #context: Context;
  #filter: { readonly status: string; readonly check: string | null; readonly origin: string | null } = { status: 'open', check: null, origin: null };
  #older: RejectedRow[] = [];
  #next: number | null = null;
  #chosen: number | null = null;

  constructor(context: Context) {
    this.#context = context;
    this.#detail = new RejectedView(context);
    const { element, body } = table('Rows of the quarantine', ['Row', 'Status', 'Check', 'Reason', 'Key', 'Origin', 'Amount', 'Rejected'], 'wide left-6');
    this.#rows = rowsOf<RejectedRow>(body, 'tr', (row) => String(row.id), (row) => this.#draw(row), (tr, row) => (tr.dataset['row'] = String(row.id)));
    this.#list.append(
      this.#groups,
      h('section', { class: 'card', 'aria-label': 'Rows of the quarantine' }, h('header', { class: 'card-head' }, h('h3', { text: 'Rows' })), this.#filters, element, this.#none, this.#more),
    );
    this.#more.addEventListener('click', () => void this.#readOlder());
    this.root.append(this.#list, this.#detail.root);
  }

  show(parameters: URLSearchParams): void {
    const row = Number(parameters.get('row'));
    this.#chosen = Number.isInteger(row) && row > 0 ? row : null;
    const status = parameters.get('status') ?? 'open';
    const filter = { status: statuses.some((known) => known === status) ? status : 'open', check: parameters.get('check'), origin: parameters.get('origin') };
    if (JSON.stringify(filter) !== JSON.stringify(this.#filter)) [this.#older, this.#next] = [[], null];
    this.#filter = filter;
    this.#list.hidden = this.#chosen !== null;
    this.#detail.root.hidden = this.#chosen === null;
    this.#detail.choose(this.#chosen);
    this.#drawFilters();
  }

  async refresh(overview: Overview, signal: AbortSignal): Promise<void> {
    if (this.#chosen !== null) return this.#detail.refresh(signal);
    const may = this.#context.mayCommand();
    redraw(this.#groups, [overview.quarantine, may], () => this.#drawGroups(overview.quarantine, may));
    const asked = this.#filter;
    const page = await getJson<RejectedPage>(`/api/pipeline/quarantine?${this.#query()}`, signal);
    if (asked !== this.#filter) return;
    if (this.#older.length === 0) this.#next = page.next;
    const last = page.rows.at(-1)?.id ?? 0;
    const rows = [...page.rows, ...this.#older.filter((row) => row.id < last)];
    this.#rows.render(rows);
    this.#none.hidden = rows.length > 0;
    this.#none.textContent =
      this.#filter.check || this.#filter.origin ? 'No row is as asked for.' : this.#filter.status === 'open' ? 'Nothing waits in the quarantine.' : 'There is no such row.';
    this.#more.hidden = this.#next === null;
  }

  #query(before: number | null = null): string {
    const { status, check, origin } = this.#filter;
    const query = new URLSearchParams();
    if (status !== 'all') query.set('status', status);
    if (check) query.set('check', check);
    if (origin) query.set('origin', origin);
    if (before !== null) query.set('before', String(before));
    return query.toString();
  }

  async #readOlder(): Promise<void> {
    if (this.#next === null) return;
    const page = await getJson<RejectedPage>(`/api/pipeline/quarantine?${this.#query(this.#next)}&limit=200`);
    this.#older.push(...page.rows);
    this.#next = page.next;
    this.#context.refresh();
  }

  #drawFilters(): void {
    redraw(this.#filters, this.#filter, () => {
      const { status, check, origin } = this.#filter;
      const address = (change: Readonly<Record<string, string | null>>): string => this.#context.address({ view: 'quarantine', status, check, origin, ...change });
      const links = statuses.map((name) => h('a', { class: 'chip', href: address({ status: name }), ...(name === status ? { 'aria-current': 'true' } : {}), text: name }));
      const chosen = Object.entries({ check, origin }).map(([name, value]) =>
        value === null ? null : h('a', { class: 'chip chosen', href: address({ [name]: null }), title: 'Show all again', text: `${name === 'check' ? checkTitle(value) : value} ×` }),
      );
      return [...links, ...chosen];
    });
  }

  #drawGroups(groups: readonly QuarantineGroup[], may: boolean): HTMLElement[] {
    const head = h('header', { class: 'card-head' }, h('h3', { text: 'Waiting, by check and origin' }));
    if (groups.length === 0) return [head, empty('Nothing waits in the quarantine: every row that was read is a fact.')];
    const { element, body } = table('Waiting, by check and origin', ['Check', 'Origin', 'Rows', 'Amount', 'Oldest', 'Newest', ''], 'left-2');
    for (const group of groups)
      body.append(
        h(
          'tr',
          {},
          headCell(h('a', { class: 'link', href: this.#context.address({ view: 'quarantine', check: group.check, origin: group.origin }), text: checkTitle(group.check) })),
          cell(group.origin),
          cell(integer(group.rows), group.fixed > 0 ? text(` ${integer(group.fixed)} corrected`, 'quiet') : null, group.sealed > 0 ? text(` ${integer(group.sealed)} sealed`, 'quiet') : null),
          cell(sum(group.amount, null)),
          cell(when(group.oldest)),
          cell(when(group.newest)),
          cell(may ? this.#actions(group) : null),
        ),
      );
    return [head, element];
  }

  #actions(group: QuarantineGroup): HTMLElement {
    const replay = h('button', { type: 'button', class: 'button', text: 'Replay all…' });
    const discard = h('button', { type: 'button', class: 'button', text: 'Discard all…' });
    const what = `${many(group.rows, 'row')} of ${group.origin} set aside for “${checkTitle(group.check)}”`;
    replay.addEventListener('click', async () => {
      const sure = await question({
        title: `Replay ${many(group.rows, 'row')}?`,
        explains: [`${what} go through the checks again. Those that pass become facts, the others stay here, with the reason of then. No alert is raised for what is replayed.`],
        action: 'Replay',
      });
      if (sure) await this.#context.ask('rejected replay', { check: group.check, origin: group.origin });
    });
    discard.addEventListener('click', async () => {
      const answer = await question({
        title: `Discard ${many(group.rows, 'row')}?`,
        explains: [`${what} will never be facts. This is not undone. Rows that came after the newest shown here stay.`],
        fields: [textField('because', 'Because', { required: '', maxlength: '300', placeholder: 'test data of terminal 12, confirmed by the shop' }), text('Kept in the audit as given: no names or addresses.', 'quiet')],
        action: 'Discard',
      });
      if (answer) await this.#context.ask('rejected discard', { check: group.check, origin: group.origin, up_to: group.newestId, because: String(answer.get('because')) });
    });
    // What could not be read has to be given anew, one by one.
    replay.hidden = group.sealed === group.rows;
    return h('span', { class: 'actions' }, replay, discard);
  }

  #draw(row: RejectedRow): HTMLElement[] {
    return [
      headCell(h('a', { class: 'link', href: this.#context.address({ view: 'quarantine', row: row.id }), text: String(row.id) })),
      cell(rowStatus(row)),
      cell(text(checkTitle(row.check))),
      cell(h('span', { class: 'reason', title: row.reason, text: row.reason })),
      cell(h('code', { class: 'key', title: row.key, text: row.key })),
      cell(row.origin),
      cell(row.amount === null ? text('–', 'quiet') : sum(row.amount, null)),
      cell(when(row.rejectedAt)),
    ];
  }
}
