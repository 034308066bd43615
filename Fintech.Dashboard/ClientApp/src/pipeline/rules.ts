import { getJson } from '../shell/api';
import { integer } from '../format/number';
import { h } from '../ui/dom';
import type { Overview, Rule, RuleDay, Rules } from './contract';
import { cell, empty, headCell, redraw, table, text, verdict, when, type Tone } from './draw';
import { RuleEditor } from './rule-editor';
import { RuleHistory } from './rule-history';
import { kindOf, parametersOf, stateOf, titleOf, type RuleState } from './rule-kinds';
import type { Context, View } from './view';
import { whoWrote } from './words';

const tones: Readonly<Record<RuleState, Tone>> = { alerting: 'good', shadow: 'busy', off: 'none' };

/** A rule's parameters in a line: "threshold 3000 · currency USD". */
export const parameters = (rule: Rule): string =>
  parametersOf(rule)
    .filter((name) => rule[name] !== undefined && rule[name] !== null)
    .map((name) => `${name.replaceAll('_', ' ')} ${rule[name]}`)
    .join(' · ');

/** The rule set in force, what each rule does in numbers, its editor and its history. */
export class RulesView implements View {
  readonly root = h('div', { class: 'view', testid: 'rules' });
  readonly #current = h('section', { class: 'card', 'aria-label': 'Rules in force' });
  readonly #editor: RuleEditor;
  readonly #history: RuleHistory;
  readonly #context: Context;
  #newest: Rules | null = null;

  constructor(context: Context) {
    this.#context = context;
    this.#editor = new RuleEditor(context);
    this.#history = new RuleHistory(context);
    this.root.append(this.#current, this.#editor.root, this.#history.root);
  }

  show(): void {}

  async refresh(_: Overview, signal: AbortSignal): Promise<void> {
    const rules = await getJson<Rules>('/api/pipeline/rules', signal);
    this.#newest = rules;
    const [inForce] = rules.versions;
    redraw(this.#current, [inForce, rules.days, this.#context.mayCommand(), this.#editor.isOpen], () => this.#draw(rules));
    if (inForce) this.#editor.newest(inForce);
    this.#history.render(rules);
  }

  #draw({ versions, days }: Rules): HTMLElement[] {
    const [newest] = versions;
    if (!newest) return [h('header', { class: 'card-head' }, h('h3', { text: 'Rules' })), empty('There is no rule set yet: a worker writes the first one when it starts.')];

    const edit = h('button', { type: 'button', class: 'button primary card-action', text: 'Edit' });
    edit.hidden = !this.#context.mayCommand() || this.#editor.isOpen;
    edit.addEventListener('click', () => {
      if (this.#newest?.versions[0]) this.#editor.open(this.#newest.versions[0]);
      edit.hidden = true;
    });
    const { element, body } = table('Rules in force', ['Rule', 'State', 'Weight', 'Severity', 'Alerts today', 'In shadow today', 'Alerts, 14 days', 'In shadow, 14 days', 'Day by day'], 'left-4 rules-table');
    const today = new Date().toISOString().slice(0, 10);
    for (const rule of newest.rules) {
      const own = days.filter((day) => day.rule === titleOf(rule));
      const now = own.find((day) => day.day === today);
      body.append(
        h(
          'tr',
          { 'data-rule': titleOf(rule) },
          headCell(h('span', { class: 'rule-name', title: kindOf(rule)?.fires ?? '', text: titleOf(rule) }), h('span', { class: 'rule-parameters', text: parameters(rule) })),
          cell(verdict(tones[stateOf(rule)], stateOf(rule))),
          cell(String(rule['weight'] ?? 50)),
          cell(text(typeof rule['severity'] === 'string' ? rule['severity'] : 'by score', 'quiet')),
          cell(integer(now?.alerted ?? 0)),
          cell(integer(now?.shadowed ?? 0)),
          cell(integer(own.reduce((total, day) => total + day.alerted, 0))),
          cell(integer(own.reduce((total, day) => total + day.shadowed, 0))),
          cell(dayBars(own, today)),
        ),
      );
    }
    return [
      h('header', { class: 'card-head' }, h('h3', { text: `Rule set ${newest.version}` }), h('span', { class: 'card-scope' }, `by ${whoWrote(newest.by)}, `, when(newest.at), newest.because ? ` · ${newest.because}` : ''), edit),
      element,
      h('p', { class: 'said quiet', text: 'A rule in shadow is evaluated and counted as if it alerted, and alerts nobody. Days are UTC.' }),
    ];
  }
}

/** Fourteen days as bars, alerts solid, what only a shadow saw hollow; the sentence says the same. */
export function dayBars(days: readonly RuleDay[], today: string): HTMLElement {
  const last = Array.from({ length: 14 }, (_, back) => new Date(Date.parse(today) - (13 - back) * 86_400_000).toISOString().slice(0, 10));
  const most = Math.max(1, ...days.map((day) => day.alerted + day.shadowed));
  const bars = last.map((day) => {
    const found = days.find((known) => known.day === day);
    const bar = (kind: string, value: number): HTMLElement | null => {
      if (value === 0) return null;
      const made = h('span', { class: kind });
      made.style.height = `${(value / most) * 100}%`;
      return made;
    };
    return h(
      'span',
      { class: 'day', title: `${day}: ${integer(found?.alerted ?? 0)} alerts, ${integer(found?.shadowed ?? 0)} in shadow, of ${integer(found?.evaluated ?? 0)} evaluated` },
      bar('day-shadowed', found?.shadowed ?? 0),
      bar('day-alerted', found?.alerted ?? 0),
    );
  });
  return h('span', { class: 'days', role: 'img', 'aria-label': `Up to ${integer(most)} a day over 14 days` }, ...bars);
}
