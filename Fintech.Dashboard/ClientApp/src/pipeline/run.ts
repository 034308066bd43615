import { integer } from '../format/number';
import { duration, moment } from '../format/time';
import { h } from '../ui/dom';
import type { Check, RunDetail, Stage } from './contract';
import { DetailView } from './detail';
import { card, cell, empty, headCell, table, text, verdict } from './draw';
import { balance, statusOf, took } from './status';
import type { Context } from './view';
import { checkTitle, sum } from './words';

/** One run in full: its books, its stages along time, its checks. */
export class RunView extends DetailView<RunDetail> {
  constructor(context: Context) {
    super('run', context);
  }

  protected override address(id: number): string {
    return `/api/pipeline/runs/${id}`;
  }

  protected override back(): HTMLElement {
    return h('a', { class: 'link back', href: this.context.address({ view: 'runs' }), text: '‹ All runs' });
  }

  protected override draw(detail: RunDetail): HTMLElement[] {
    const { run } = detail;
    return [
      this.back(),
      card(
        `Run ${run.id}`,
        [run.kind, run.mode, `asked by ${run.trigger}`, run.sourceSystem].filter((part) => part !== null).join(' · '),
        h(
          'dl',
          { class: 'facts' },
          ...fact('Status', statusOf(run)),
          ...fact('Began', text(moment(Date.parse(run.startedAt)))),
          ...fact('Took', text(took(run))),
          ...fact('On', text(detail.host)),
          ...fact('Accounted for', balance(run)),
        ),
        run.error ? h('p', { class: 'problem', text: run.error }) : null,
        books(detail),
      ),
      card('Stages', detail.stages.length === 0 ? 'told when the run ends' : null, timeline(detail.stages, run.currency)),
      card('Checks', `${detail.checks.filter((check) => check.passed).length} of ${detail.checks.length} passed`, this.#checks(detail)),
      h(
        'details',
        { class: 'card settings' },
        h('summary', { text: 'What it ran with' }),
        h('dl', { class: 'facts' }, ...Object.entries(detail.settings).flatMap(([name, value]) => fact(name.replaceAll('_', ' '), text(String(value))))),
      ),
    ];
  }

  #checks(detail: RunDetail): HTMLElement {
    if (detail.checks.length === 0) return empty('This run recorded no checks, or they are past their retention.');
    const { element, body } = table('Checks', ['Check', 'Verdict', 'Failing', 'If it fails', 'For example', '']);
    for (const check of detail.checks)
      body.append(
        h(
          'tr',
          {},
          headCell(text(checkTitle(check.name))),
          cell(verdict(check.passed ? 'good' : 'warn', check.passed ? 'passed' : 'failed')),
          cell(integer(check.failures)),
          cell(text(consequence(check), 'quiet')),
          cell(h('span', { class: 'sample', title: check.detail ?? '' }, ...check.sample.slice(0, 3).map((key) => h('code', { text: key })), check.detail ? text(check.detail, 'quiet') : null)),
          cell(
            check.severity === 'quarantine' && !check.passed
              ? h('a', { class: 'link', href: this.context.address({ view: 'quarantine', check: check.name }), text: 'In quarantine' })
              : null,
          ),
        ),
      );
    return element;
  }
}

const consequence = (check: Check): string =>
  check.severity === 'block' ? 'nothing is loaded' : check.severity === 'quarantine' ? 'the row is set aside' : 'a warning';

const fact = (name: string, value: HTMLElement): HTMLElement[] => [h('dt', { text: name }), h('dd', {}, value)];

function books({ run }: RunDetail): HTMLElement {
  const part = (name: string, { rows, amount }: { readonly rows: number; readonly amount: number }): HTMLElement =>
    h('div', { class: 'book' }, h('span', { class: 'book-name', text: name }), h('span', { class: 'book-rows', text: integer(rows) }), h('span', { class: 'book-amount', text: sum(amount, run.currency) }));
  const sign = (text: string): HTMLElement => h('span', { class: 'book-sign', text });
  return h(
    'div',
    { class: 'books-line', role: 'group', 'aria-label': 'Rows and sums' },
    part('Read', run.read),
    sign('='),
    part('Loaded', run.loaded),
    sign('+'),
    part('Quarantined', run.quarantined),
    sign('+'),
    part('Known', run.known),
  );
}

/** Stages as bars, as long as they took; tables take their turns, so the bars follow one another. */
function timeline(stages: readonly Stage[], currency: string | null): HTMLElement {
  if (stages.length === 0) return empty('There are no stages yet.');
  const whole = stages.reduce((total, stage) => total + (stage.seconds ?? 0), 0);
  const list = h('ol', { class: 'timeline' });
  let before = 0;
  for (const stage of stages) {
    const bar = h('span', { class: 'timeline-bar' });
    if (stage.seconds !== null && whole > 0) {
      bar.style.marginInlineStart = `${(before / whole) * 100}%`;
      bar.style.width = `${Math.max(0.5, (stage.seconds / whole) * 100)}%`;
      before += stage.seconds;
    }
    list.append(
      h(
        'li',
        { 'data-stage': stage.name },
        h('span', { class: 'timeline-name' }, h('b', { text: stage.name }), ` ${stage.what}`),
        h('span', { class: 'timeline-track', 'aria-hidden': 'true' }, stage.seconds === null ? null : bar),
        h('span', { class: 'timeline-rows', text: integer(stage.rows) }),
        h('span', { class: 'timeline-amount', text: stage.amount === null ? '' : sum(stage.amount, currency) }),
        h('span', { class: 'timeline-time', text: stage.seconds === null ? '' : duration(stage.seconds * 1_000) }),
      ),
    );
  }
  return list;
}
