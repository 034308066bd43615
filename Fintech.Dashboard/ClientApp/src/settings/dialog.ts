import './settings.css';
import type { Severity } from '../contract';
import { money } from '../format/number';
import { moment, zone } from '../format/time';
import { Dialog } from '../ui/dialog';
import { h } from '../ui/dom';
import { checkbox, Field, select } from '../ui/field';
import { MessageLine } from '../ui/message';
import { showNotification } from './calls';
import { isLocale, type Preferences, prefer, preferences, severities } from './preferences';
import { play } from './sound';

const themes = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
] as const;
const languages = ['en-US', 'en-GB', 'de-DE', 'fr-FR', 'es-ES', 'it-IT', 'nl-NL', 'pl-PL', 'pt-BR', 'ja-JP', 'ar-EG'];

/** What the viewer can choose. Everything holds at once; numbers and times are written anew when the dialog is closed. */
export class Settings {
  readonly #message = new MessageLine();
  readonly #dialog = new Dialog({ title: 'Settings', id: 'settings', onClose: () => this.#closed() });
  #written = '';

  toggle(): void {
    if (!this.#dialog.isOpen) {
      this.#written = format(preferences());
      this.#message.clear();
      this.#dialog.body.replaceChildren(this.#appearance(), this.#numbers(), this.#calls(), this.#keys());
    }
    this.#dialog.toggle();
  }

  /** Formatters are made once, when the page starts: a page that was loaded anew has them everywhere. */
  #closed(): void {
    if (format(preferences()) !== this.#written) location.reload();
  }

  #change(changes: Partial<Preferences>): void {
    if (!prefer(changes)) this.#message.show('This browser keeps nothing for this page: the choice holds until you leave it.', 'warn');
  }

  #appearance(): HTMLElement {
    const choices = h('div', { class: 'radios' });
    for (const [value, title] of themes) {
      const input = h('input', { type: 'radio', name: 'theme', value });
      input.checked = preferences().theme === value;
      input.addEventListener('change', () => this.#change({ theme: value }));
      choices.append(h('label', {}, input, title));
    }
    return group('Colours', choices);
  }

  #numbers(): HTMLElement {
    const now = preferences();
    const own = new Intl.NumberFormat().resolvedOptions().locale;
    const locale = new Field('Numbers and dates', select([['', `As the browser (${own})`], ...languages.filter(isLocale).map((tag) => [tag, named(tag)] as const)], now.locale ?? ''));
    locale.control.addEventListener('change', () => this.#change({ locale: locale.control.value || null }));
    const currency = new Field('Currencies', select([['symbol', 'As a sign: $'], ['code', 'As a code: USD']], now.currencyAs));
    currency.control.addEventListener('change', () => this.#change({ currencyAs: currency.control.value === 'code' ? 'code' : 'symbol' }));
    const utc = new Field('Times in UTC', checkbox(now.utc), now.utc ? undefined : `Otherwise in your own zone: ${zone()}.`);
    utc.control.addEventListener('change', () => this.#change({ utc: utc.control.checked }));
    return group(
      'Numbers and times',
      h('div', { class: 'settings-pair' }, locale.element, currency.element),
      utc.element,
      h('p', { class: 'field-hint', text: `Now: ${money(1_234.5, 'USD')}, ${moment(Date.now())}. A change is seen when this is closed.` }),
    );
  }

  #calls(): HTMLElement {
    const now = preferences();
    const sound = new Field('A sound for new alerts', checkbox(now.sound));
    sound.control.addEventListener('change', () => this.#change({ sound: sound.control.checked }));
    const notify = new Field('A notification while this page is out of sight', checkbox(now.notify && granted()));
    notify.control.addEventListener('change', () => void this.#askFor(notify));
    if (typeof Notification === 'undefined') {
      notify.control.disabled = true;
      notify.fault('This browser shows none.');
    }
    return group(
      'Alerts',
      sound.element,
      this.#from('Sound from severity', now.soundFrom, (soundFrom) => this.#change({ soundFrom }), () => void this.#testSound()),
      notify.element,
      this.#from('Notification from severity', now.notifyFrom, (notifyFrom) => this.#change({ notifyFrom }), () => void this.#testNotification(notify)),
      h('p', { class: 'field-hint', text: 'At most one in 15 seconds: what comes meanwhile is told together.' }),
      this.#message.element,
    );
  }

  #from(title: string, chosen: Severity, onChoose: (severity: Severity) => void, test: () => void): HTMLElement {
    const field = new Field(title, select(severities.map((severity) => [severity, severity] as const), chosen));
    field.control.addEventListener('change', () => onChoose(field.control.value as Severity));
    const button = h('button', { type: 'button', class: 'button', text: 'Test', 'aria-label': `Test: ${title.split(' ')[0]!.toLowerCase()}` });
    button.addEventListener('click', test);
    return h('div', { class: 'settings-test' }, field.element, button);
  }

  #keys(): HTMLElement {
    const keys = new Field('Keys of one letter', checkbox(preferences().keys), 'Off where they get in the way, for example of speech input.');
    keys.control.addEventListener('change', () => this.#change({ keys: keys.control.checked }));
    return group('Keyboard', keys.element);
  }

  /** The permission is asked for by this click, and at no other time. */
  async #askFor(field: Field<HTMLInputElement>): Promise<void> {
    if (!field.control.checked) {
      this.#change({ notify: false });
      return;
    }
    const answer = granted() ? 'granted' : await Notification.requestPermission();
    field.control.checked = answer === 'granted';
    field.fault(answer === 'granted' ? null : 'The browser does not allow it: its settings for this page decide.');
    this.#change({ notify: answer === 'granted' });
  }

  async #testSound(): Promise<void> {
    const heard = await play(preferences().soundFrom);
    this.#message.show(heard ? 'That was the sound.' : 'The browser does not let this page sound.', heard ? 'good' : 'warn');
  }

  async #testNotification(field: Field<HTMLInputElement>): Promise<void> {
    if (!granted()) {
      field.control.checked = true;
      await this.#askFor(field);
    }
    if (!granted()) return;
    showNotification('Fintech', 'This is what a notification looks like.');
    this.#message.show('The notification was handed to the system.', 'good');
  }
}

const granted = (): boolean => typeof Notification !== 'undefined' && Notification.permission === 'granted';

/** What is fixed in the formatters. */
const format = ({ locale, utc, currencyAs }: Preferences): string => JSON.stringify([locale, utc, currencyAs]);

/** "Deutsch (Deutschland)": each in its own language. */
const named = (tag: string): string => new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag;

function group(title: string, ...children: HTMLElement[]): HTMLElement {
  return h('fieldset', { class: 'settings-group' }, h('legend', { text: title }), ...children);
}
