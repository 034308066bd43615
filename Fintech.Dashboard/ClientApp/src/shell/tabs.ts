import { byId } from '../ui/dom';
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
  #shown: Page | null = null;
  #wanted: Tab | null = null;

  constructor(tabs: readonly Tab[], shell: Shell, onPage: (tab: Tab) => void) {
    this.#tabs = tabs;
    this.#shell = shell;
    this.#onPage = onPage;
    document.addEventListener('click', (event) => this.#follow(event));
    addEventListener('popstate', () => void this.#open());
  }

  get page(): Page | null {
    return this.#shown;
  }

  start(): void {
    void this.#open();
  }

  go(address: string): void {
    history.pushState(null, '', address);
    void this.#open();
  }

  goTo(index: number): void {
    const tab = this.#tabs[index];
    if (tab && tab !== this.#wanted) this.go(tab.path);
  }

  #follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download') || link.hash) return;
    if (!this.#tabs.some((tab) => tab.path === link.pathname)) return;
    event.preventDefault();
    this.go(link.href);
  }

  async #open(): Promise<void> {
    const tab = this.#tabs.find(({ path }) => path === location.pathname) ?? this.#tabs[0]!;
    this.#wanted = tab;
    const page = this.#pages.get(tab) ?? (await this.#make(tab));
    // Somebody went on while the page was loading.
    if (this.#wanted !== tab) return;

    if (this.#shown !== page) {
      this.#shown?.hide();
      this.#shown = page;
      for (const { root } of this.#tabs) root.hidden = root !== tab.root;
      document.body.dataset['page'] = tab.root.id;
      for (const link of byId('tabs').querySelectorAll('a'))
        if (link.pathname === tab.path) link.setAttribute('aria-current', 'page');
        else link.removeAttribute('aria-current');
      this.#onPage(tab);
    }
    page.show();
  }

  async #make(tab: Tab): Promise<Page> {
    const module = await tab.load();
    const known = this.#pages.get(tab);
    if (known) return known;
    const page = module.create(tab.root, this.#shell);
    this.#pages.set(tab, page);
    return page;
  }
}
