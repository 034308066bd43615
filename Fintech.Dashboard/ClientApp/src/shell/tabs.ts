import { byId, h } from '../ui/dom';
import { arrive, lastAddress, pushAddress } from './address';
import type { Page, PageModule, Shell } from './page';

export interface Tab {
  readonly path: string;
  readonly title: string;
  readonly root: HTMLElement;
  readonly load: () => Promise<PageModule>;
}

/**
 * The pages behind the addresses /, /alerts, /history and /pipeline: links work as links do (open in a new tab, back, reload),
 * and going from one to another neither loads the document anew nor drops the connection.
 */
export class Tabs {
  readonly #tabs: readonly Tab[];
  readonly #shell: Shell;
  readonly #onPage: (tab: Tab) => void;
  readonly #pages = new Map<Tab, Page>();
  /** Where each page was scrolled to when it was left: back leads to the same lines. */
  readonly #scrolled = new Map<Tab, number>();
  #shown: Page | null = null;
  #wanted: Tab | null = null;

  constructor(tabs: readonly Tab[], shell: Shell, onPage: (tab: Tab) => void) {
    this.#tabs = tabs;
    this.#shell = shell;
    this.#onPage = onPage;
    document.addEventListener('click', (event) => this.#follow(event));
    addEventListener('popstate', () => {
      arrive();
      void this.#open('back');
    });
    // Ours are pages within a document: where they were scrolled to the browser cannot know.
    history.scrollRestoration = 'manual';
  }

  get page(): Page | null {
    return this.#shown;
  }

  get title(): string {
    return this.#wanted?.title ?? '';
  }

  start(): void {
    arrive();
    void this.#open('start');
  }

  go(address: string): void {
    pushAddress(address);
    void this.#open('link');
  }

  /** Each page is found as it was left. */
  goTo(index: number): void {
    const tab = this.#tabs[index];
    if (tab && tab !== this.#wanted) this.go(lastAddress(tab.path));
  }

  #follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download') || link.hash) return;
    if (!this.#tabs.some((tab) => tab.path === link.pathname)) return;
    event.preventDefault();
    this.go(link.href);
  }

  async #open(by: 'start' | 'link' | 'back'): Promise<void> {
    const tab = this.#tabs.find(({ path }) => path === location.pathname) ?? this.#tabs[0]!;
    const before = this.#wanted;
    this.#wanted = tab;
    if (before !== tab) {
      if (before) this.#scrolled.set(before, scrollY);
      this.#shown?.hide();
      this.#shown = null;
      this.#reveal(tab);
    }

    let page: Page;
    try {
      page = this.#pages.get(tab) ?? (await this.#make(tab));
    } catch (error) {
      // Most often a new version was deployed, and the file of the old one is gone.
      if (this.#wanted === tab) this.#cannotLoad(tab);
      console.error(error);
      return;
    }
    // Somebody went on while the page was loading.
    if (this.#wanted !== tab) return;

    this.#shown = page;
    tab.root.dataset['ready'] = '';
    page.show();
    if (before === tab || by === 'start') return;
    scrollTo({ top: by === 'back' ? (this.#scrolled.get(tab) ?? 0) : 0, behavior: 'instant' });
    this.#focus(tab);
  }

  /** At once, before the page's own code has come: what one pressed must be seen to do something. */
  #reveal(tab: Tab): void {
    for (const { root } of this.#tabs) root.hidden = root !== tab.root;
    document.body.dataset['page'] = tab.root.id;
    for (const link of byId('tabs').querySelectorAll('a')) {
      const current = link.pathname === tab.path;
      if (current) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
      // To another page as it was left; to the one that is shown as it is at the start.
      link.setAttribute('href', current ? tab.path : lastAddress(link.pathname));
    }
    this.#onPage(tab);
  }

  /** A keyboard goes on from the heading of the new page, and a screen reader says it. */
  #focus({ root }: Tab): void {
    const heading = root.querySelector<HTMLElement>('.page-title') ?? root;
    if (heading.tabIndex < 0) heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }

  #cannotLoad(tab: Tab): void {
    if (tab.root.querySelector('.cannot-load')) return;
    const again = h('button', { type: 'button', class: 'button', text: 'Load the page anew' });
    again.addEventListener('click', () => location.reload());
    tab.root.prepend(
      h('div', { class: 'state cannot-load', role: 'alert' }, h('p', { text: `${tab.title} could not be loaded: the server cannot be reached, or it has a newer version of this page.` }), again),
    );
  }

  async #make(tab: Tab): Promise<Page> {
    const module = await tab.load();
    tab.root.querySelector('.cannot-load')?.remove();
    const known = this.#pages.get(tab);
    if (known) return known;
    const page = module.create(tab.root, this.#shell);
    this.#pages.set(tab, page);
    return page;
  }
}
