import { h } from '../ui/dom';
import { BacktestResult } from './backtest';
import type { Backtest, Rule, RuleSetVersion } from './contract';
import { question, textField } from './dialog';
import { redraw } from './draw';
import { difference, kindOf, kinds, parametersOf, parseField, stateOf, titleOf, type Field } from './rule-kinds';
import type { Context } from './view';
import { whoWrote } from './words';

/** A draft of the next version. It lives in the page until it is published, and is published only over the version it was made from. */
export class RuleEditor {
  readonly root = h('section', { class: 'card editor', 'aria-label': 'Draft of the rules', testid: 'rule-editor', hidden: '' });
  readonly #context: Context;
  readonly #title = h('h3');
  readonly #conflict = h('p', { class: 'notice-line', hidden: '' });
  readonly #list = h('div', { class: 'rule-forms' });
  readonly #changes = h('ul', { class: 'changes', 'aria-live': 'polite' });
  readonly #said = h('p', { class: 'problem', role: 'alert', hidden: '' });
  readonly #result = new BacktestResult();
  readonly #publish = h('button', { type: 'button', class: 'button primary', text: 'Publish…' });
  readonly #try = h('button', { type: 'button', class: 'button', text: 'Back-test' });
  readonly #days = h('input', { type: 'number', min: '1', max: '90', value: '7', 'aria-label': 'Days of the back-test', class: 'short' });
  #base: RuleSetVersion | null = null;
  #newest: RuleSetVersion | null = null;
  #draft: Rule[] = [];

  constructor(context: Context) {
    this.#context = context;
    const close = h('button', { type: 'button', class: 'button', text: 'Drop the draft' });
    const add = h(
      'select',
      { 'aria-label': 'Add a rule', class: 'add-rule' },
      h('option', { value: '', text: 'Add a rule…' }),
      ...kinds.map((kind) => h('option', { value: kind.name, text: kind.name })),
    );
    this.root.append(
      h('header', { class: 'card-head' }, this.#title),
      this.#conflict,
      this.#list,
      h('div', { class: 'editor-add' }, add),
      h('div', { class: 'editor-changes' }, h('h4', { text: 'What changes' }), this.#changes),
      this.#said,
      h('div', { class: 'actions' }, this.#publish, this.#try, h('label', { class: 'quiet' }, 'over the last ', this.#days, ' days'), close),
      this.#result.root,
    );
    close.addEventListener('click', () => this.#close());
    this.#publish.addEventListener('click', () => void this.#askToPublish());
    this.#try.addEventListener('click', () => void this.#backtest());
    add.addEventListener('change', () => {
      const kind = kinds.find((known) => known.name === add.value);
      add.value = '';
      if (kind) this.#change([...this.#draft, { ...kind.example, shadow: true, ...this.#freeName(kind.name) }], true);
    });
  }

  get isOpen(): boolean {
    return this.#base !== null;
  }

  open(base: RuleSetVersion): void {
    this.#base = base;
    this.#newest = base;
    this.root.hidden = false;
    this.#title.textContent = `Draft, from version ${base.version}`;
    this.#result.clear();
    this.#say(null);
    this.#change([...base.rules], true);
    this.root.scrollIntoView({ block: 'nearest' });
  }

  /** Somebody may have published while this one was being written. */
  newest(version: RuleSetVersion): void {
    this.#newest = version;
    const late = this.#base !== null && version.version !== this.#base.version;
    this.#conflict.hidden = !late;
    if (!late) return;
    redraw(this.#conflict, version, () => {
      const take = h('button', { type: 'button', class: 'button', text: `Start from version ${version.version}` });
      take.addEventListener('click', () => this.open(version));
      return [`Version ${version.version} was published by ${whoWrote(version.by)} meanwhile (${difference(this.#base!.rules, version.rules).join('; ') || 'no difference'}). This draft is of version ${this.#base!.version} and cannot be published. `, take];
    });
  }

  #close(): void {
    this.#base = null;
    this.root.hidden = true;
    this.#context.refresh();
  }

  #freeName(kind: string): { readonly name?: string } {
    if (!this.#draft.some((rule) => titleOf(rule) === kind)) return {};
    let number = 2;
    while (this.#draft.some((rule) => titleOf(rule) === `${kind} ${number}`)) number++;
    return { name: `${kind} ${number}` };
  }

  /** @param anew The forms are drawn again: not while somebody is typing in one. */
  #change(draft: Rule[], anew = false): void {
    this.#draft = draft;
    if (anew) this.#list.replaceChildren(...draft.map((rule, index) => this.#form(rule, index)));
    const lines = difference(this.#base?.rules ?? [], draft);
    redraw(this.#changes, lines, () => (lines.length === 0 ? [h('li', { class: 'quiet', text: 'Nothing yet.' })] : lines.map((line) => h('li', { text: line }))));
    this.#publish.disabled = lines.length === 0;
  }

  #set(index: number, changed: Readonly<Record<string, unknown>>): void {
    this.#change(this.#draft.map((rule, place) => (place === index ? { ...rule, ...changed, rule: rule.rule } : rule)));
  }

  #form(rule: Rule, index: number): HTMLElement {
    const title = titleOf(rule);
    const kind = kindOf(rule);
    // A kind this page does not know shows what it has.
    const known: readonly Field[] =
      kind?.fields ?? parametersOf(rule).map((name) => ({ name, label: name.replaceAll('_', ' '), type: 'number', hint: '' }));
    const input = (field: Field): HTMLElement => {
      const made = h('input', { name: field.name, value: String(rule[field.name] ?? ''), title: field.hint, inputmode: field.type === 'money' || field.type === 'number' || field.type === 'whole' ? 'decimal' : 'text', autocomplete: 'off' });
      made.addEventListener('input', () => this.#set(index, { [field.name]: parseField(field.type, made.value) }));
      return h('label', { class: 'field' }, h('span', { text: field.label }), made);
    };
    const choice = (label: string, name: string, options: readonly string[], chosen: string, take: (value: string) => Readonly<Record<string, unknown>>): HTMLElement => {
      const made = h('select', { name }, ...options.map((option) => h('option', { value: option, text: option, ...(option === chosen ? { selected: '' } : {}) })));
      made.addEventListener('change', () => this.#set(index, take(made.value)));
      return h('label', { class: 'field' }, h('span', { text: label }), made);
    };
    const remove = h('button', { type: 'button', class: 'button quiet', text: 'Remove', 'aria-label': `Remove ${title}` });
    remove.addEventListener('click', () => this.#change(this.#draft.filter((_, place) => place !== index), true));
    return h(
      'fieldset',
      { class: 'rule-form', 'data-rule': title },
      h('legend', { text: title }),
      h('p', { class: 'quiet', text: kind?.fires ?? `A kind this page does not know: ${rule.rule}.` }),
      h(
        'div',
        { class: 'fields' },
        choice('State', 'state', ['alerting', 'shadow', 'off'], stateOf(rule), (value) => ({ enabled: value !== 'off', shadow: value === 'shadow' })),
        ...known.map(input),
        input({ name: 'weight', label: 'Weight', type: 'whole', hint: 'Score at the threshold, 1 to 100' }),
        choice('Severity', 'severity', ['by score', 'low', 'medium', 'high', 'critical'], typeof rule['severity'] === 'string' ? rule['severity'] : 'by score', (value) => ({ severity: value === 'by score' ? null : value })),
        remove,
      ),
    );
  }

  #say(sentence: string | null): void {
    this.#said.hidden = sentence === null;
    this.#said.textContent = sentence ?? '';
  }

  async #askToPublish(): Promise<void> {
    const base = this.#base;
    if (!base) return;
    const lines = difference(base.rules, this.#draft);
    const answer = await question({
      title: `Publish over version ${base.version}?`,
      explains: [lines.join(' · '), 'Every worker has it within two seconds; transactions from then on are scored by it. A former version can be brought back at any time.'],
      fields: [textField('because', 'Because', { maxlength: '500', placeholder: 'too many alerts on refunds' })],
      action: 'Publish',
    });
    if (!answer) return;
    const because = String(answer.get('because') ?? '').trim();
    await this.#working(async () => {
      const done = await this.#context.ask('rules set', { base: base.version, rules: this.#draft, ...(because ? { because } : {}) });
      if (done?.outcome === 'succeeded') this.#close();
      else if (done) this.#say(done.answer?.message ?? 'It was refused.');
    });
  }

  async #backtest(): Promise<void> {
    this.#result.begin();
    await this.#working(async () => {
      const done = await this.#context.ask('rules backtest', { rules: this.#draft, days: Number(this.#days.value) || 7 });
      if (done?.outcome === 'succeeded') this.#result.show(done.answer as unknown as Backtest);
      else {
        this.#result.clear();
        if (done) this.#say(done.answer?.message ?? 'It was refused.');
      }
    });
  }

  async #working(work: () => Promise<void>): Promise<void> {
    this.#say(null);
    this.#publish.disabled = this.#try.disabled = true;
    try {
      await work();
    } finally {
      this.#try.disabled = false;
      this.#change(this.#draft);
      if (this.#newest) this.newest(this.#newest);
    }
  }
}
