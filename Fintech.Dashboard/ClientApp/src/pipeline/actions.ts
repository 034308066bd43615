import { h } from '../ui/dom';
import { checkField, choiceField, question, textField } from './dialog';
import type { Context } from './view';

/** What `run` is asked for, given the fields of its dialog. */
export function runArguments(values: FormData): Record<string, unknown> {
  const mode = values.get('mode');
  const date = (name: string): string | null => String(values.get(name) ?? '') || null;
  return {
    ...(mode === 'full' ? { full: true } : {}),
    ...(mode === 'range' && date('from') ? { from: date('from') } : {}),
    ...(mode === 'range' && date('to') ? { to: date('to') } : {}),
    ...(values.get('dry_run') ? { dry_run: true } : {}),
  };
}

function runSays(values: FormData): string {
  const mode = values.get('mode');
  const what =
    mode === 'full'
      ? 'Reads the whole source again. What is a fact already is counted as known; the watermark stays. On a large ledger this takes minutes, and other passes wait.'
      : mode === 'range'
        ? 'Reads the transactions of these days again, the last one not included; the watermark stays.'
        : 'Reads what came since the last pass, and what was missing below the watermark.';
  return values.get('dry_run') ? `${what} Then it is all rolled back: it only counts what it would do.` : what;
}

/** The buttons at the head of the page. */
export class Actions {
  readonly root = h('div', { class: 'head-actions' });
  readonly #buttons: HTMLButtonElement[];
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
    this.#buttons = [
      this.#button('Run now', 'primary', () => context.ask('run', {})),
      this.#button('Run…', '', () => this.#run()),
      this.#button('Audit…', '', () => this.#audit()),
    ];
    this.root.append(...this.#buttons);
  }

  render(): void {
    this.root.hidden = !this.#context.mayCommand();
  }

  #button(label: string, kind: string, work: () => Promise<unknown>): HTMLButtonElement {
    const button = h('button', { type: 'button', class: `button ${kind}`, text: label });
    button.addEventListener('click', () => {
      button.disabled = true;
      void work().finally(() => (button.disabled = false));
    });
    return button;
  }

  async #run(): Promise<void> {
    const values = await question({
      title: 'Run a batch pass',
      explains: [],
      fields: [
        choiceField('mode', 'What it reads', [
          ['incremental', 'What is new'],
          ['full', 'Everything'],
          ['range', 'Some days'],
        ]),
        h('div', { class: 'fields range' }, textField('from', 'From', { type: 'date' }), textField('to', 'To, not included', { type: 'date' })),
        checkField('dry_run', 'Dry run: change nothing'),
      ],
      action: 'Run',
      says: runSays,
    });
    if (values) await this.#context.ask('run', runArguments(values));
  }

  async #audit(): Promise<void> {
    const values = await question({
      title: 'Compare the facts with their source',
      explains: ['Counts and sums both sides block by block, and looks row by row where they differ.'],
      fields: [checkField('repair', 'Put right what differs')],
      action: 'Audit',
      says: (form) =>
        form.get('repair')
          ? 'Facts that the source changed or deleted are taken back, and loaded again as the source has them; each of them is in the audit.'
          : 'It changes nothing.',
    });
    if (values) await this.#context.ask('audit', values.get('repair') ? { repair: true } : {});
  }
}
