import { getJson } from '../shell/api';
import { h } from '../ui/dom';
import type { Rules, RuleSetVersion } from './contract';
import { question, textField } from './dialog';
import { rowsOf, when } from './draw';
import { difference } from './rule-kinds';
import type { Context } from './view';
import { whoWrote } from './words';

/** Who changed which rule, when and why. A former version comes back as a new one: nothing is ever taken out of the history. */
export class RuleHistory {
  readonly root = h('section', { class: 'card', 'aria-label': 'History of the rules', testid: 'rule-history' });
  readonly #list = h('ol', { class: 'history-list' });
  readonly #more = h('button', { type: 'button', class: 'button more', text: 'Older versions', hidden: '' });
  readonly #rows;
  readonly #context: Context;
  #older: RuleSetVersion[] = [];
  #next: number | null = null;

  constructor(context: Context) {
    this.#context = context;
    this.#rows = rowsOf<{ readonly version: RuleSetVersion; readonly lines: readonly string[] | null; readonly newest: RuleSetVersion; readonly may: boolean }>(
      this.#list,
      'li',
      ({ version }) => String(version.version),
      ({ version, lines, newest, may }) => this.#draw(version, lines, newest, may),
    );
    this.root.append(h('header', { class: 'card-head' }, h('h3', { text: 'History' })), this.#list, this.#more);
    this.#more.addEventListener('click', () => void this.#readOlder());
  }

  render(rules: Rules): void {
    if (this.#older.length === 0) this.#next = rules.next;
    const last = rules.versions.at(-1)?.version ?? 0;
    const all = [...rules.versions, ...this.#older.filter((version) => version.version < last)];
    const [newest] = all;
    const may = this.#context.mayCommand();
    // The change of the last one is known once the one before is read.
    this.#rows.render(
      newest
        ? all.map((version, index) => {
            const before = all[index + 1];
            return { version, lines: before ? difference(before.rules, version.rules) : version.version === 1 ? [] : null, newest, may };
          })
        : [],
    );
    this.#more.hidden = this.#next === null;
  }

  #draw(version: RuleSetVersion, lines: readonly string[] | null, newest: RuleSetVersion, may: boolean): HTMLElement[] {
    const head = h(
      'p',
      { class: 'history-head' },
      h('b', { text: `Version ${version.version}` }),
      version.version === newest.version ? h('span', { class: 'in-force', text: 'in force' }) : null,
      h('span', { class: 'quiet' }, `${whoWrote(version.by)}, `, when(version.at)),
    );
    if (may && version.version !== newest.version) head.append(this.#back(version, newest));
    const why = version.because ? [h('p', { class: 'history-because', text: version.because })] : [];
    const changes = lines === null ? [] : [h('ul', { class: 'changes' }, ...(lines.length > 0 ? lines : [version.version === 1 ? 'The first one.' : 'No difference.']).map((line) => h('li', { text: line })))];
    return [head, ...why, ...changes];
  }

  #back(version: RuleSetVersion, newest: RuleSetVersion): HTMLElement {
    const button = h('button', { type: 'button', class: 'button', text: 'Bring back…' });
    button.addEventListener('click', async () => {
      const answer = await question({
        title: `Bring back version ${version.version}?`,
        explains: [`Its rules become the next version, over version ${newest.version}: ${difference(newest.rules, version.rules).join(' · ') || 'no difference'}.`],
        fields: [textField('because', 'Because', { maxlength: '500', value: `back to version ${version.version}` })],
        action: 'Bring back',
      });
      if (answer) await this.#context.ask('rules set', { base: newest.version, rules: version.rules, because: String(answer.get('because') ?? '') });
    });
    return button;
  }

  async #readOlder(): Promise<void> {
    if (this.#next === null) return;
    const page = await getJson<Rules>(`/api/pipeline/rules?before=${this.#next}&limit=100`);
    this.#older.push(...page.versions);
    this.#next = page.next;
    this.#context.refresh();
  }
}
