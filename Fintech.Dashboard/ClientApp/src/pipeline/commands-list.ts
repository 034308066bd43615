import { integer } from '../format/number';
import { age } from '../format/time';
import { h } from '../ui/dom';
import type { Command } from './contract';
import { rowsOf, verdict, when } from './draw';
import type { Context } from './view';
import { commandTitle, whyItWaits } from './words';

/** The newest commands, whoever asked: what waits, what is being done and how far it is, and what came of it. */
export class CommandsList {
  readonly root = h('section', { class: 'card commands', 'aria-labelledby': 'commands-title', testid: 'commands' });
  readonly #list = h('ol', { class: 'command-list' });
  readonly #empty = h('p', { class: 'empty', text: 'Nobody has asked for anything yet.' });
  readonly #rows;
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
    this.#rows = rowsOf<{ readonly command: Command; readonly waits: string | null; readonly may: boolean }>(
      this.#list,
      'li',
      ({ command }) => String(command.id),
      ({ command, waits, may }) => this.#draw(command, waits, may),
      (element, { command }) => {
        element.dataset['command'] = String(command.id);
        element.dataset['name'] = command.name;
        element.dataset['state'] = command.outcome ?? (command.startedAt ? 'running' : 'waiting');
      },
    );
    this.root.append(
      h('header', { class: 'card-head' }, h('h3', { id: 'commands-title', text: 'Commands' }), h('span', { class: 'card-scope', text: 'executed by the worker' })),
      h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'List of commands' }, this.#list, this.#empty),
    );
  }

  render(commands: readonly Command[], now: number): void {
    const may = this.#context.mayCommand();
    this.#empty.hidden = commands.length > 0;
    this.#rows.render(commands.map((command) => ({ command, waits: whyItWaits(command, commands, now), may })));
  }

  #draw(command: Command, waits: string | null, may: boolean): HTMLElement[] {
    const head = h(
      'p',
      { class: 'command-head' },
      h('span', { class: 'command-title', text: commandTitle(command) }),
      h('span', { class: 'command-who' }, `${command.by} · `, when(command.finishedAt ?? command.requestedAt)),
    );
    return [head, this.#state(command, waits, may)];
  }

  #state(command: Command, waits: string | null, may: boolean): HTMLElement {
    if (waits !== null) {
      const line = h('div', { class: 'command-state' }, verdict(waits.includes('no worker') ? 'warn' : 'busy', `${waits}, asked `), when(command.requestedAt));
      if (may && command.name !== 'cancel') line.append(this.#takeBack(command));
      return line;
    }
    if (command.outcome === null) return running(command);
    const message = command.answer?.message ?? 'No answer.';
    return h(
      'p',
      { class: 'command-state' },
      verdict(command.outcome === 'succeeded' ? 'good' : command.outcome === 'cancelled' ? 'none' : 'warn', command.outcome === 'failed' ? 'Refused: ' : ''),
      h('span', { class: 'command-answer', text: message }),
    );
  }

  #takeBack(command: Command): HTMLElement {
    const button = h('button', { type: 'button', class: 'button', text: 'Take back' });
    button.addEventListener('click', () => {
      button.disabled = true;
      void this.#context.ask('cancel', { command: command.id }).finally(() => (button.disabled = false));
    });
    return button;
  }
}

function running(command: Command): HTMLElement {
  const { progress } = command;
  const state = h('div', { class: 'command-state' }, verdict('busy', progress?.doing ?? 'beginning'));
  if (progress && progress.of > 0) {
    const share = Math.min(1, progress.rows / progress.of);
    state.append(
      h('progress', { max: '1', value: String(share), 'aria-label': `${integer(progress.rows)} of ${integer(progress.of)} rows` }),
      h('span', { class: 'quiet', text: `${integer(progress.rows)} of ${integer(progress.of)} rows` }),
    );
  } else if (command.startedAt) {
    state.append(h('span', { class: 'quiet', text: `since ${age(Date.now() - Date.parse(command.startedAt))}` }));
  }
  return state;
}

