import { describe, expect, it } from 'vitest';
import { defineComponent, h, nextTick, ref, type Ref } from 'vue';
import { AppError } from '@/base/errors.ts';
import { setLanguage } from '@/base/i18n.ts';
import { axeViolations, mountApp } from '@/test/mount.ts';
import LogQueryExamples from './LogQueryExamples.vue';
import LogQueryInput from './LogQueryInput.vue';
import { parseLogQuery } from './parse.ts';

interface Asked {
  query: Ref<string>;
  error: Ref<unknown>;
  submitted: string[];
  input: HTMLInputElement;
}

async function mountInput(text = ''): Promise<Asked> {
  const [query, error, submitted] = [ref(text), ref<unknown>(), [] as string[]];
  const Subject = defineComponent({
    render: () =>
      h(LogQueryInput, {
        modelValue: query.value,
        'onUpdate:modelValue': (value: string) => (query.value = value),
        sources: ['Backend', 'Mistral AI'],
        error: error.value,
        onSubmit: (value: string) => submitted.push(value),
      }),
  });
  await mountApp(Subject);
  const input = document.querySelector<HTMLInputElement>('[role="combobox"]')!;
  input.focus();
  return { query, error, submitted, input };
}

async function type(input: HTMLInputElement, text: string, caret = text.length): Promise<void> {
  input.value = text;
  input.setSelectionRange(caret, caret);
  input.dispatchEvent(new Event('input', { bubbles: true }));
  await nextTick();
}
async function press(input: HTMLInputElement, key: string, more: KeyboardEventInit = {}): Promise<KeyboardEvent> {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more });
  input.dispatchEvent(event);
  await nextTick();
  return event;
}
const offered = () => [...document.querySelectorAll('[role="option"] > :first-child')].map((each) => each.textContent);
const chosen = () => document.querySelector('[role="option"][aria-selected="true"]');
const said = () => document.querySelector('p[role="status"]')?.textContent?.trim();
const coloured = () => [...document.querySelectorAll<HTMLElement>('[aria-hidden="true"] span')];
const marked = () => coloured().filter((each) => each.classList.contains('decoration-wavy'));

describe('completing', () => {
  it('goes by arrows, Enter takes, and a field leads to its values', async () => {
    const { query, input, submitted } = await mountInput();
    await type(input, 'x so');
    expect(offered()).toEqual(['source:']);
    expect(input.getAttribute('aria-expanded')).toBe('true');
    await press(input, 'ArrowDown');
    expect(input.getAttribute('aria-activedescendant')).toBe(chosen()?.id);
    await press(input, 'Enter');
    expect(query.value).toBe('x source:');
    expect(offered()).toEqual(['Backend', 'Mistral AI']);
    await press(input, 'ArrowUp');
    await press(input, 'Enter');
    expect(query.value).toBe('x source:"Mistral AI" ');
    expect(input.selectionStart).toBe(query.value.length);
    expect(offered()).toEqual([]);
    expect(submitted).toEqual([]);
  });

  it('takes the first by Tab, and leaves Tab alone when nothing is offered', async () => {
    const { query, input } = await mountInput();
    await type(input, 'level:e');
    expect((await press(input, 'Tab')).defaultPrevented).toBe(true);
    expect(query.value).toBe('level:error ');
    expect((await press(input, 'Tab')).defaultPrevented).toBe(false);
  });

  it('ends by Escape, and comes back by the arrow; Enter asks unless one is chosen', async () => {
    const { input, submitted } = await mountInput();
    await type(input, 'x A');
    expect(offered()).toEqual(['after:', 'AND']);
    await press(input, 'Escape');
    expect(offered()).toEqual([]);
    await press(input, 'ArrowDown');
    expect(offered()).toEqual(['after:', 'AND']);
    await press(input, 'Enter');
    expect(submitted).toEqual(['x A']);
    expect(offered()).toEqual([]);
  });

  it('leaves keys to an input method', async () => {
    const { input, submitted } = await mountInput();
    await type(input, 'にほん');
    await press(input, 'Enter', { isComposing: true });
    expect(submitted).toEqual([]);
  });

  it('is clicked without the field losing what it is on', async () => {
    const { query, input } = await mountInput();
    await type(input, 'level:w x', 7);
    const event = new MouseEvent('mousedown', { bubbles: true, cancelable: true });
    document.querySelector('[role="option"]')!.dispatchEvent(event);
    expect(event.defaultPrevented).toBe(true);
    expect(query.value).toBe('level:warning x');
    expect(input.selectionStart).toBe('level:warning '.length);
  });
});

describe('a mistake', () => {
  it('is said when asked, with its place in characters, and nothing is sent', async () => {
    const { input, submitted } = await mountInput();
    await type(input, '🙂 level:fatal x');
    expect(said()).toBe('');
    await press(input, 'Enter');
    expect(submitted).toEqual([]);
    expect(said()).toBe('Caractère 3 : un niveau est debug, info, warning, error ou none');
    expect(input.getAttribute('aria-invalid')).toBe('true');
    expect(marked().map((each) => each.textContent)).toEqual(['level:', 'fatal']);
    expect(input.value.slice(input.selectionStart!, input.selectionEnd!)).toBe('level:fatal');
    await type(input, '🙂 level:error x');
    expect([said(), marked().length, input.getAttribute('aria-invalid')]).toEqual(['', 0, 'false']);
  });

  it('that more typing cannot mend is said at once', async () => {
    const { input } = await mountInput();
    await type(input, '(a');
    expect(said()).toBe('');
    await type(input, 'a)');
    expect(said()).toBe('Caractère 2 : cette parenthèse ne ferme rien');
    await setLanguage('en');
    expect(said()).toBe('Character 2: this parenthesis closes nothing');
  });

  it('is said when the field is left, past the end too', async () => {
    const { input } = await mountInput();
    await type(input, 'a AND');
    input.dispatchEvent(new Event('blur'));
    await nextTick();
    expect(said()).toBe('Caractère 6 : il manque ici un mot ou un filtre');
    expect(marked().map((each) => each.textContent)).toEqual(['\u00a0']);
  });

  it('that only the server sees is shown the same way, for as long as the query stands', async () => {
    const { input, error } = await mountInput('ab');
    const details = JSON.stringify({ position: 0, length: 2, reason: 'text_too_short' });
    error.value = new AppError('refused', { kind: 'database', code: 'PT400', hint: 'query_invalid', details });
    await nextTick();
    await nextTick();
    expect(said()).toMatch(/^Caractère 1 : trois caractères au moins/);
    expect(marked().map((each) => each.textContent)).toEqual(['ab']);
    await type(input, 'abc');
    expect(said()).toBe('');
  });
});

it('shows the query in colours, letter for letter', async () => {
  const query = '-level:error,warn AND (source:"Mistral AI" OR "e\u0301 🙂")  x "open';
  await mountInput(query);
  expect(
    coloured()
      .map((each) => each.textContent)
      .join(''),
  ).toBe(query);
  const classes = Object.fromEntries(coloured().map((each) => [each.textContent, each.className.split(' ')[0]]));
  expect(classes).toMatchObject({
    '-': 'text-warning',
    'level:': 'text-muted',
    'error,warn': 'text-primary',
    AND: 'text-warning',
    '"Mistral AI"': 'text-primary',
    '"e\u0301 🙂"': 'text-success',
  });
});

it('shows a query of several lines in one, and asks what it shows', async () => {
  const { input, submitted } = await mountInput('a\nlevel:error');
  expect(input.value).toBe('a level:error');
  await press(input, 'Enter');
  expect(submitted).toEqual(['a level:error']);
});

it('is emptied by its button, which asks for all', async () => {
  const { query, submitted } = await mountInput('a');
  document.querySelector<HTMLElement>('[aria-label="Effacer la recherche"]')!.click();
  await nextTick();
  expect([query.value, submitted]).toEqual(['', ['']]);
});

it('explains the language in twelve examples, each of which is read', async () => {
  await mountApp(LogQueryExamples);
  const examples = [...document.querySelectorAll('dt code')].map((code) => code.textContent ?? '');
  expect(examples).toHaveLength(12);
  for (const example of examples) expect(parseLogQuery(example).error, example).toBeUndefined();
  expect(await axeViolations()).toEqual([]);
});

it('has nothing amiss for axe, with a list open and with a mistake', async () => {
  const { input } = await mountInput();
  await type(input, 'level:');
  expect(offered().length).toBeGreaterThan(0);
  expect(await axeViolations()).toEqual([]);
  await press(input, 'Escape');
  await press(input, 'Enter');
  expect(said()).not.toBe('');
  expect(await axeViolations()).toEqual([]);
});
