import { ApiError } from '../shell/api';
import { moment } from '../format/time';
import { h } from '../ui/dom';
import { type Dossier, type Snooze, triage } from './triage-api';
import { ruleName } from './words';

const pollEvery = 500;
const patience = 60_000;
const day = 86_400_000;

/** "Velocity until Jan 1, 2027, 00:00:00 UTC: travels (ada)" */
export const snoozeWords = ({ rule, until, reason, createdBy }: Snooze): string =>
  `${rule === null ? 'All rules' : ruleName(rule)} until ${moment(Date.parse(until))}: ${reason} (${createdBy.replace(/^dashboard: /, '')})`;

/** Asks the worker, and says how far it is until it has answered. */
export async function askSnooze(
  customerId: number, rule: string | null, until: string | null, reason: string, tell: (sentence: string) => unknown,
): Promise<boolean> {
  try {
    const { commandId } = await triage.snooze(customerId, rule, until, reason);
    for (let waited = 0; waited < patience; waited += pollEvery) {
      const { startedAt, outcome, message } = await triage.progress(commandId);
      if (outcome !== null) {
        tell(message ?? outcome);
        return outcome === 'succeeded';
      }
      tell(startedAt === null ? 'Asked; the worker has not begun.' : 'The worker is at it.');
      await new Promise((resolve) => setTimeout(resolve, pollEvery));
    }
    tell('The worker has not answered for a minute. The request stays.');
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    tell(error.message);
  }
  return false;
}

/** Snoozes of the alert's customer, and a form to add one. */
export class SnoozeForm {
  readonly element: HTMLElement;

  /** @param onChange One was added, or ended. */
  constructor({ alert, snoozes }: Dossier, acts: boolean, onChange: () => void) {
    const said = h('p', { class: 'quiet', role: 'status' });
    const tell = (sentence: string): string => (said.textContent = sentence);
    const list = h('ul', { class: 'snoozes' });
    const draw = (known: readonly Snooze[]): void => list.replaceChildren(...known.map((snooze) => snoozeItem(snooze, acts, tell, changed)));
    const changed = async (): Promise<void> => {
      onChange();
      try {
        draw(await triage.snoozes(alert.customerId));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        tell(`${said.textContent} The list could not be read anew: ${error.message}`);
      }
    };
    draw(snoozes);
    this.element = h('div', { class: 'snooze' }, snoozes.length > 0 || acts ? h('h3', { text: 'Snoozed for this customer' }) : null, list);
    if (!acts) return;
    const rules = [...new Set(alert.hits.map((hit) => hit.name ?? hit.rule))];
    const rule = h('select', { class: 'field', 'aria-label': 'Rule' }, ...rules.map((name) => h('option', { value: name, text: ruleName(name) })), h('option', { value: '', text: 'All rules' }));
    const tomorrow = new Date(Date.now() + 7 * day).toISOString().slice(0, 10);
    const until = h('input', { type: 'date', class: 'field', value: tomorrow, 'aria-label': 'Until', required: '' });
    const reason = h('input', { type: 'text', class: 'field', placeholder: 'Reason', 'aria-label': 'Reason', maxlength: '500', required: '' });
    const submit = h('button', { type: 'submit', class: 'button', text: 'Snooze' });
    const form = h('form', { class: 'snooze-form' }, rule, until, reason, submit);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      submit.disabled = true;
      void askSnooze(alert.customerId, rule.value || null, new Date(`${until.value}T00:00:00`).toISOString(), reason.value, tell)
        .then((done) => (done ? changed() : undefined))
        .finally(() => (submit.disabled = false));
    });
    this.element.append(h('details', {}, h('summary', { text: 'Snooze a rule' }), form), said);
  }
}

export function snoozeItem(snooze: Snooze, acts: boolean, tell: (sentence: string) => unknown, onEnd: () => unknown): HTMLLIElement {
  const item = h('li', {}, h('span', { text: snoozeWords(snooze) }));
  if (!acts) return item;
  const end = h('button', { type: 'button', class: 'button quiet', text: 'End' });
  end.addEventListener('click', () => {
    end.disabled = true;
    void askSnooze(snooze.customerId, snooze.rule, null, 'ended on the dashboard', tell).then((ended) => {
      if (ended) onEnd();
      else end.disabled = false;
    });
  });
  item.append(end);
  return item;
}
