import { integer } from '../format/number';
import { moment } from '../format/time';
import { h } from '../ui/dom';
import type { Payload, RejectedDetail, RejectedRow } from './contract';
import { DetailView } from './detail';
import { question, textField } from './dialog';
import { card, empty, text } from './draw';
import { rowStatus } from './status';
import type { Context } from './view';
import { checkTitle, sum } from './words';

/** What can be corrected, as the worker knows it; of an event also what it may leave out. */
const settable: readonly (readonly [field: string, hint: string])[] = [
  ['amount', 'such as 12.50'],
  ['occurred_at', 'such as 2026-01-31T18:30:00Z'],
  ['timestamp', 'such as 2026-01-31T18:30:00Z'],
  ['merchant_name', '1 to 255 characters'],
  ['customer_id', 'a whole number'],
  ['currency', 'three capital letters'],
  ['type', 'purchase, refund or reversal'],
];

const say = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

export function fieldsOf(row: RejectedRow, content: Payload): readonly (readonly [field: string, hint: string])[] {
  const isEvent = row.origin.startsWith('transactions:');
  return settable.filter(([field]) => field in content || (isEvent && (field === 'currency' || field === 'type')));
}

/** Only what differs from what stands there; an emptied field cannot be set and is left as it was. */
export function changesOf(content: Payload, values: Iterable<readonly [field: string, value: string]>): Record<string, string> {
  const changes: Record<string, string> = {};
  for (const [field, value] of values) if (value.trim() !== '' && value.trim() !== say(content[field])) changes[field] = value.trim();
  return changes;
}

/** One row of the quarantine: why it is here, what it holds, and the way out. */
export class RejectedView extends DetailView<RejectedDetail> {
  constructor(context: Context) {
    super('rejected', context);
  }

  protected override address(id: number): string {
    return `/api/pipeline/quarantine/${id}`;
  }

  protected override shown(detail: RejectedDetail): unknown {
    return [detail, this.context.mayCommand()];
  }

  protected override back(): HTMLElement {
    return h('a', { class: 'link back', href: this.context.address({ view: 'quarantine' }), text: '‹ All rows' });
  }

  protected override draw(detail: RejectedDetail): HTMLElement[] {
    const { row } = detail;
    return [
      this.back(),
      card(
        `Row ${row.id}`,
        `${row.origin} · ${row.sourceSystem}`,
        h('p', { class: 'lead' }, rowStatus(row), h('span', { text: row.reason })),
        h(
          'dl',
          { class: 'facts' },
          ...fact('Check', checkTitle(row.check)),
          ...fact('Key', row.key),
          ...fact('Amount', row.amount === null ? 'none that could be read' : sum(row.amount, null)),
          ...fact('Rejected', moment(Date.parse(row.rejectedAt))),
          ...(row.decidedAt ? fact('Decided', moment(Date.parse(row.decidedAt))) : []),
          h('dt', { text: 'Run' }),
          h('dd', {}, this.#runLink(row.runId), row.replayRunId ? ', replayed by ' : null, row.replayRunId ? this.#runLink(row.replayRunId) : null),
        ),
      ),
      this.#contents(detail),
    ];
  }

  #runLink(run: number): HTMLElement {
    return h('a', { class: 'link', href: this.context.address({ view: 'runs', run }), text: `run ${run}` });
  }

  #contents(detail: RejectedDetail): HTMLElement {
    const { row } = detail;
    if (row.sealed !== null && detail.fixed === null)
      return card(
        'Contents',
        'sealed',
        h('p', { class: 'said', text: `These ${integer(row.sealed)} bytes could not be read, so not pseudonymised: they are kept encrypted and are not shown here.` }),
        h('p', { class: 'said', text: 'At the command line, which the audit records:' }),
        h('pre', { class: 'shell', text: `rejected show ${row.id} --unseal` }),
        row.origin === 'merchants'
          ? h('p', { class: 'said', text: 'A document of MongoDB: correct it there, where every pass reads it again, then discard this row.' })
          : h('p', { class: 'said' }, 'Give the event anew with ', h('code', { text: `rejected fix ${row.id} --event JSON` }), ', then replay it here.'),
        this.#decisions(row, null),
      );
    if (detail.withheld) return card('Contents', null, empty('Contents of rows are shown to analysts and administrators.'));
    const content = detail.fixed ?? detail.payload ?? {};
    return card('Contents', 'pseudonymised: the customer is a number', payload(detail), row.status === 'open' ? this.#form(row, content) : null);
  }

  /** A correction, and what becomes of the row. */
  #form(row: RejectedRow, content: Payload): HTMLElement | null {
    if (!this.context.mayCommand()) return null;
    const said = h('p', { class: 'question-says', role: 'status' });
    const inputs = fieldsOf(row, content).map(([field, hint]) => {
      const input = h('input', { name: field, value: say(content[field]), title: hint, placeholder: hint, autocomplete: 'off' });
      return h('label', { class: 'field' }, h('span', { text: field.replaceAll('_', ' ') }), input);
    });
    const form: HTMLFormElement = h('form', { class: 'fix', testid: 'fix' }, h('h4', { text: 'Correct' }), h('div', { class: 'fields' }, ...inputs), said);
    const changed = (): Record<string, string> => changesOf(content, entries(form));
    const decisions = this.#decisions(row, changed);
    if (decisions) form.append(decisions);
    const update = (): void => {
      const changes = Object.entries(changed());
      const primary = decisions?.querySelector('.primary');
      if (primary) primary.textContent = changes.length > 0 ? 'Correct and replay' : 'Replay';
      said.textContent = changes.map(([field, value]) => `${field.replaceAll('_', ' ')}: ${say(content[field]) || 'nothing'} → ${value}`).join(' · ');
    };
    form.addEventListener('input', update);
    update();
    form.addEventListener('submit', (event) => event.preventDefault());
    return form;
  }

  #decisions(row: RejectedRow, changes: (() => Record<string, string>) | null): HTMLElement | null {
    if (!this.context.mayCommand() || row.status !== 'open') return null;
    const buttons: HTMLButtonElement[] = [];
    // Until it is answered nothing else can be asked for of this row.
    const button = (label: string, work: () => Promise<unknown>, kind = ''): HTMLButtonElement => {
      const made = h('button', { type: 'button', class: `button ${kind}`, text: label });
      made.addEventListener('click', () => {
        for (const one of buttons) one.disabled = true;
        void work().finally(() => {
          for (const one of buttons) one.disabled = false;
        });
      });
      buttons.push(made);
      return made;
    };

    const canReplay = row.origin !== 'merchants' && (changes !== null || row.fixedAt !== null);
    const replay = async (): Promise<void> => {
      const set = changes?.() ?? {};
      if (Object.keys(set).length > 0 && (await this.context.ask('rejected fix', { id: row.id, set }))?.outcome !== 'succeeded') return;
      await this.context.ask('rejected replay', { ids: [row.id] });
    };
    const save = async (): Promise<void> => {
      const set = changes!();
      if (Object.keys(set).length > 0) await this.context.ask('rejected fix', { id: row.id, set });
    };
    return h(
      'div',
      { class: 'actions' },
      canReplay ? button('Correct and replay', replay, 'primary') : null,
      changes ? button('Only correct', save) : null,
      button('Discard…', () => this.#discard(row)),
    );
  }

  async #discard(row: RejectedRow): Promise<void> {
    const answer = await question({
      title: `Discard row ${row.id}?`,
      explains: ['It will never be a fact. This is not undone; met again in the source it stays discarded.'],
      fields: [textField('because', 'Because', { required: '', maxlength: '300' }), text('Kept in the audit as given: no names or addresses.', 'quiet')],
      action: 'Discard',
    });
    if (answer) await this.context.ask('rejected discard', { ids: [row.id], because: String(answer.get('because')) });
  }
}

function* entries(form: HTMLFormElement): Generator<readonly [string, string]> {
  for (const [field, value] of new FormData(form)) yield [field, String(value)];
}

const fact = (name: string, value: string): HTMLElement[] => [h('dt', { text: name }), h('dd', { text: value })];

/** Field by field, what came and, where somebody corrected it, what it is now. */
function payload({ payload, fixed }: RejectedDetail): HTMLElement {
  const names = [...new Set([...Object.keys(payload ?? {}), ...Object.keys(fixed ?? {})])];
  const list = h('dl', { class: 'facts payload', testid: 'payload' });
  for (const name of names) {
    const [old, now] = [say(payload?.[name]), fixed ? say(fixed[name]) : null];
    list.append(
      h('dt', { text: name.replaceAll('_', ' ') }),
      now !== null && now !== old
        ? h('dd', {}, h('del', { text: old || 'nothing' }), ' → ', h('ins', { text: now }))
        : h('dd', {}, old === '' ? text('nothing', 'quiet') : text(old)),
    );
  }
  return list;
}
