import './user-menu.css';
import { h, setText } from '../ui/dom';
import { ApiError, goToSignIn, postJson } from './api';
import { may, type Role, type User } from './user';

const signedIn: Readonly<Record<User['mode'], string>> = {
  Link: 'signed in by link',
  OpenIdConnect: 'signed in with the company account',
  Open: 'nobody has to sign in here: everybody on this machine is admin',
};

/** Who looks and what he may do; behind it the way out, and for an admin a link that lets somebody else in. */
export function showUser(root: HTMLElement, user: User): void {
  const open = user.mode === 'Open';
  const menu = h('div', { class: 'user-menu card' }, h('p', {}, h('strong', { text: user.name }), ` is ${user.role}, ${signedIn[user.mode]}.`));
  if (user.mode === 'Link' && may(user, 'admin')) menu.append(linkForm());
  if (!open) menu.append(outButton());

  const details = h('details', { class: open ? 'user-details open-access' : 'user-details' });
  details.append(h('summary', { text: open ? 'no sign-in' : user.name, testid: 'user', title: `${user.name}, ${user.role}` }), menu);
  details.addEventListener('keydown', (event) => event.key === 'Escape' && close());
  document.addEventListener('click', (event) => event.target instanceof Node && !details.contains(event.target) && details.removeAttribute('open'));
  root.replaceChildren(details);

  function close(): void {
    details.removeAttribute('open');
    details.querySelector('summary')?.focus();
  }
}

function outButton(): HTMLElement {
  const button = h('button', { type: 'button', class: 'button', text: 'Sign out', testid: 'sign-out' });
  const failure = h('p', { class: 'quiet', role: 'alert' });
  button.addEventListener('click', async () => {
    try {
      await postJson('/sign-out', {});
      goToSignIn();
    } catch (error) {
      setText(failure, sentence(error));
    }
  });
  return h('div', {}, button, failure);
}

function linkForm(): HTMLElement {
  const name = h('input', { type: 'text', maxlength: '60', required: '', autocomplete: 'off', 'aria-label': 'For whom', placeholder: 'Name or screen' });
  const role = h('select', { 'aria-label': 'Role' });
  for (const each of ['viewer', 'analyst', 'admin'] satisfies Role[]) role.append(h('option', { value: each, text: each }));
  const made = h('input', { type: 'text', readonly: '', hidden: '', 'aria-label': 'The link', testid: 'made-link' });
  const note = h('p', { class: 'quiet', role: 'status' });
  const form = h('form', { class: 'user-link' },
    h('span', { class: 'quiet', text: 'A sign-in link for somebody else' }),
    h('div', { class: 'user-link-fields' }, name, role, h('button', { type: 'submit', class: 'button', text: 'Make link' })), made, note);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    made.hidden = true;
    try {
      const link = await postJson<{ address: string }>('/api/links', { name: name.value, role: role.value });
      made.value = link.address;
      made.hidden = false;
      made.select();
      setText(note, 'Works once. Whoever opens it first is in.');
    } catch (error) {
      setText(note, sentence(error));
    }
  });
  return form;
}

const sentence = (error: unknown): string => (error instanceof ApiError ? error.message : 'This did not work.');
