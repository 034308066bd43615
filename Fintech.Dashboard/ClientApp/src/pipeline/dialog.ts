import { h } from '../ui/dom';

export interface Question {
  readonly title: string;
  /** What will happen, a paragraph each. */
  readonly explains: readonly string[];
  /** Fields of the form, in the order of the page. */
  readonly fields?: readonly HTMLElement[];
  /** The word on the button. */
  readonly action: string;
  /** Brought up to date whenever a field changes: what will happen, given these values. */
  readonly says?: (values: FormData) => string;
}

/** Asks in a native dialog what is heavy, or needs more words: focus stays inside, escape takes it back. */
export function question(asked: Question): Promise<FormData | null> {
  return new Promise((resolve) => {
    const says = asked.says ? h('p', { class: 'question-says', role: 'status' }) : null;
    const cancel = h('button', { type: 'button', class: 'button', text: 'Cancel' });
    const form = h(
      'form',
      { method: 'dialog' },
      h('h2', { id: 'question-title', text: asked.title }),
      ...asked.explains.map((text) => h('p', { text })),
      ...(asked.fields ?? []),
      says,
      h('div', { class: 'question-buttons' }, cancel, h('button', { type: 'submit', class: 'button primary', testid: 'question-action', text: asked.action })),
    );
    const dialog = h('dialog', { class: 'question', 'aria-labelledby': 'question-title' }, form);
    const update = (): void => {
      if (says) says.textContent = asked.says!(new FormData(form));
    };

    let answer: FormData | null = null;
    form.addEventListener('input', update);
    form.addEventListener('submit', () => (answer = new FormData(form)));
    cancel.addEventListener('click', () => dialog.close());
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    update();
    dialog.showModal();
  });
}

export function textField(name: string, label: string, attributes: Readonly<Record<string, string>> = {}): HTMLElement {
  return h('label', { class: 'field' }, h('span', { text: label }), h('input', { name, ...attributes }));
}

export function checkField(name: string, label: string): HTMLElement {
  return h('label', { class: 'field check' }, h('input', { type: 'checkbox', name }), h('span', { text: label }));
}

export function choiceField(name: string, legend: string, options: readonly (readonly [value: string, label: string])[]): HTMLElement {
  return h(
    'fieldset',
    { class: 'field choice' },
    h('legend', { text: legend }),
    ...options.map(([value, label], index) =>
      h('label', {}, h('input', { type: 'radio', name, value, ...(index === 0 ? { checked: '' } : {}) }), h('span', { text: label })),
    ),
  );
}
