import type { Page, PageModule } from '../shell/page';
import { h } from '../ui/dom';

export const create: PageModule['create'] = (root): Page => {
  root.append(h('h2', { class: 'page-title', text: 'Alerts' }));
  return { keys: {}, show() {}, hide() {} };
};
