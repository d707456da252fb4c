import { expect, it } from 'vitest';
import { focusFirstField, wantingFields } from './fields.ts';

/** As the kit draws a field. */
const field = (label: string, control: string, { required = true, error = '' } = {}) => `
  <div data-slot="root"><div data-slot="wrapper"><div data-slot="labelWrapper">
    <label data-slot="label" class="${required ? "after:content-['*']" : ''}">${label}</label></div></div>
    ${control}${error ? `<div data-slot="error">${error}</div>` : ''}</div>`;
function form(...fields: string[]): HTMLElement {
  document.body.innerHTML = `<form>${fields.join('')}</form>`;
  return document.querySelector('form')!;
}
const names = (fields: { name: string }[]) => fields.map(({ name }) => name);
const choice = (state: string) =>
  `<div role="radiogroup"><button role="radio" id="a"></button>
  <button role="radio" id="b" data-state="${state}"></button></div>`;

it('names required fields without a value, and a choice not made; nothing that is optional', () => {
  const { missing, wrong } = wantingFields(
    form(
      field('Motif', '<textarea>  </textarea>'),
      field('Plan', choice('unchecked')),
      field('Nom', '<input value="x">'),
      field('Note', '<input>', { required: false }),
    ),
  );
  expect([names(missing), names(wrong)]).toEqual([['Motif', 'Plan'], []]);
});
it('names what is wrong as wrong, whether it is required or not', () => {
  const { missing, wrong } = wantingFields(form(field('HWID', '<input value="?">', { required: false, error: 'non' })));
  expect([names(missing), names(wrong)]).toEqual([[], ['HWID']]);
});
it('focuses the first field, of a choice what is chosen', () => {
  expect(focusFirstField(form(field('Plan', choice('checked')), field('Motif', '<textarea></textarea>')))).toBe(true);
  expect(document.activeElement?.id).toBe('b');
  expect(focusFirstField(form('<p>rien à remplir</p>'))).toBe(false);
});
