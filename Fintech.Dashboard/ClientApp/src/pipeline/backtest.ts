import { integer, percent } from '../format/number';
import { h } from '../ui/dom';
import type { Backtest } from './contract';
import { cell, headCell, table, text } from './draw';

/** What a draft would have done, beside what the rules in force would have. */
export class BacktestResult {
  readonly root = h('div', { class: 'backtest', testid: 'backtest', 'aria-live': 'polite' });

  clear(): void {
    this.root.replaceChildren();
  }

  begin(): void {
    this.root.replaceChildren(h('p', { class: 'said quiet', text: 'The worker replays the transactions through the draft and the rules in force…' }));
  }

  show(found: Backtest): void {
    const rules = table('By rule', ['Rule', 'Draft alerts', 'Draft in shadow', 'Now alerts', 'Now in shadow']);
    const names = [...new Set([...found.draft_rules, ...found.live_rules].map((rule) => rule.rule))];
    for (const name of names) {
      const [draft, live] = [found.draft_rules, found.live_rules].map((set) => set.find((rule) => rule.rule === name));
      const shown = (value: number | undefined): HTMLElement => (value === undefined ? text('–', 'quiet') : text(integer(value)));
      rules.body.append(h('tr', {}, headCell(text(name)), cell(shown(draft?.alerted)), cell(shown(draft?.shadowed)), cell(shown(live?.alerted)), cell(shown(live?.shadowed))));
    }
    const days = table('By day', ['Day', 'Transactions', 'Draft alerts', 'Now alerts', 'Both']);
    for (const day of found.days) days.body.append(h('tr', {}, headCell(text(day.day)), cell(integer(day.transactions)), cell(integer(day.draft)), cell(integer(day.live)), cell(integer(day.both))));
    this.root.replaceChildren(h('h4', { text: 'Back-test' }), h('p', { class: 'said', text: found.message }), h('p', { class: 'said quiet', text: hindsight(found) }), rules.element, days.element);
  }
}

export function hindsight(found: Backtest): string {
  const share = (value: number | null): string => (value === null ? 'unknown' : percent(value));
  return found.labels === 0
    ? 'Nobody has decided on alerts of these days, so nothing can be said of precision and recall.'
    : `By ${integer(found.labels)} decisions: precision ${share(found.draft_hindsight.precision)}, now ${share(found.live_hindsight.precision)}; recall ${share(found.draft_hindsight.recall)}, now ${share(found.live_hindsight.recall)}.`;
}
