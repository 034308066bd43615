import './pipeline.css';
import { ApiError, getJson } from '../shell/api';
import type { Page, PageModule, Shell } from '../shell/page';
import { may } from '../shell/user';
import { h } from '../ui/dom';
import { Actions } from './actions';
import { Asker } from './asker';
import { CommandsList } from './commands-list';
import type { Command, Overview, Streams } from './contract';
import { drawTimes } from './draw';
import { QuarantineView } from './quarantine';
import { RulesView } from './rules';
import { RunsView } from './runs';
import { SourcesView } from './sources';
import { StreamsView } from './streams';
import { tileNames, Tiles, type TileName } from './tiles';
import type { Context, View } from './view';
import { WebhooksView } from './webhooks';
import { commandTitle } from './words';

const calm = 2_000;
/** While the worker is at something. */
const busy = 700;
/** Where nobody looks: seldom, and not never, so that a tab that was opened behind others has something to show. */
const unseen = 10_000;

class PipelinePage implements Page {
  readonly keys = {};
  readonly #shell: Shell;
  readonly #asker = new Asker(() => this.#soon());
  readonly #tiles = new Tiles();
  readonly #actions: Actions;
  readonly #commands: CommandsList;
  readonly #views: Readonly<Record<TileName, View>>;
  readonly #root: HTMLElement;
  readonly #said = h('p', { class: 'notice-line', role: 'status', hidden: '' });
  readonly #place = h('div', { class: 'pipeline-view' });
  #chosen: TileName = 'runs';
  #overview: Overview | null = null;
  #streams: Streams | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #ages: ReturnType<typeof setInterval> | null = null;
  #reading: AbortController | null = null;
  #shown = false;

  constructor(root: HTMLElement, shell: Shell) {
    this.#root = root;
    this.#shell = shell;
    const context: Context = {
      shell,
      mayCommand: () => may(shell.user(), 'admin'),
      ask: (name, args) => this.#ask(name, args),
      address: (parameters) => {
        const query = new URLSearchParams();
        for (const [name, value] of Object.entries(parameters)) if (value !== null) query.set(name, String(value));
        return `/pipeline?${query}`;
      },
      refresh: () => this.#soon(),
    };
    this.#actions = new Actions(context);
    this.#commands = new CommandsList(context);
    this.#views = {
      runs: new RunsView(context),
      sources: new SourcesView(),
      streams: new StreamsView(() => this.#streams),
      quarantine: new QuarantineView(context),
      rules: new RulesView(context),
      webhooks: new WebhooksView(context),
    };
    root.append(
      h('div', { class: 'pipeline-head' }, h('h2', { class: 'page-title', text: 'Pipeline' }), this.#actions.root),
      this.#tiles.root,
      this.#said,
      h('div', { class: 'pipeline-body' }, this.#place, this.#commands.root),
    );
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden && this.#shown) this.#soon();
    });
  }

  show(): void {
    const parameters = new URLSearchParams(location.search);
    const wanted = parameters.get('view');
    this.#chosen = tileNames.find((name) => name === wanted) ?? 'runs';
    const view = this.#views[this.#chosen];
    if (this.#place.firstElementChild !== view.root) this.#place.replaceChildren(view.root);
    this.#tiles.choose(this.#chosen);
    view.show(parameters);
    this.#shown = true;
    this.#ages ??= setInterval(() => drawTimes(this.#root, Date.now()), 1_000);
    this.#soon();
  }

  hide(): void {
    this.#shown = false;
    this.#reading?.abort();
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#ages) clearInterval(this.#ages);
    this.#timer = this.#ages = null;
  }

  async #ask(name: string, args: object): Promise<Command | null> {
    const title = commandTitle({ name, arguments: args as Record<string, unknown> });
    this.#say('asking', null);
    try {
      const done = await this.#asker.ask(name, args);
      this.#shell.announcer.say(`${title}: ${done.answer?.message ?? done.outcome ?? 'ended'}`);
      return done;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#say('asking', `${title} was not taken: ${error.message}`);
      return null;
    } finally {
      this.#soon();
    }
  }

  /** @param of Whose sentence it is: each takes back only its own. */
  #say(of: 'asking' | 'reading', sentence: string | null): void {
    const shown = this.#said.hidden ? null : this.#said.dataset['of'];
    // What somebody asked for and did not get stays until it is asked again, whatever the reading says meanwhile.
    if (of === 'reading' && shown === 'asking') return;
    if (sentence === null && shown !== of) return;
    this.#said.dataset['of'] = of;
    this.#said.hidden = sentence === null;
    this.#said.textContent = sentence ?? '';
  }

  /** Reads at once, and what is being read for another address is given up. */
  #soon(): void {
    if (!this.#shown) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#reading?.abort();
    this.#reading = null;
    void this.#read();
  }

  async #read(): Promise<void> {
    const reading = new AbortController();
    this.#reading = reading;
    try {
      const [overview, streams] = await Promise.all([
        getJson<Overview>('/api/pipeline', reading.signal),
        getJson<Streams>('/api/pipeline/streams', reading.signal),
      ]);
      this.#overview = overview;
      this.#streams = streams;
      this.#draw(overview);
      await this.#views[this.#chosen].refresh(overview, reading.signal);
      await this.#asker.look(overview.commands);
      this.#root.dataset['state'] = 'read';
      this.#say('reading', null);
    } catch (error) {
      if (reading.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      // What was read stays on the page, under a sentence that says how old it is.
      this.#say('reading', `${error.message} What is shown may be old.`);
    } finally {
      if (this.#shown && !reading.signal.aborted) this.#timer = setTimeout(() => void this.#read(), this.#pace());
    }
  }

  #pace(): number {
    // What was asked of the worker is awaited, whoever looks.
    if (document.hidden && !this.#asker.waiting) return unseen;
    const open = this.#overview?.commands.some((command) => command.finishedAt === null) || this.#overview?.running;
    return open || this.#asker.waiting ? busy : calm;
  }

  #draw(overview: Overview): void {
    const now = Date.now();
    this.#tiles.render(overview, this.#streams, now);
    this.#commands.render(overview.commands, now);
    this.#actions.render();
  }
}

export const create: PageModule['create'] = (root, shell): Page => new PipelinePage(root, shell);
