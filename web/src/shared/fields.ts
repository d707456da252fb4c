const FIELDS = [
  '[autofocus]',
  '[role="radio"]:not(:disabled)',
  '[role="combobox"]',
  'textarea',
  'input:not([type="hidden"]):not([aria-hidden])',
].join(', ');

/** Puts the focus in the first thing to fill in; of a choice, on what is chosen. False when there is none. */
export function focusFirstField(form: HTMLElement | null): boolean {
  const first = form?.querySelector<HTMLElement>(FIELDS);
  const chosen = first
    ?.closest('[role="radiogroup"]')
    ?.querySelector<HTMLElement>('[role="radio"][data-state="checked"]');
  (chosen ?? first)?.focus();
  return first !== undefined && first !== null;
}

interface Field {
  name: string;
  control: HTMLElement;
}

const isEmpty = (control: HTMLElement): boolean => {
  if (control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement) return !control.value.trim();
  if (control.getAttribute('role') === 'combobox') return control.querySelector('[data-slot="placeholder"]') !== null;
  return (
    control.getAttribute('role') === 'radiogroup' && !control.querySelector('[role="radio"][data-state="checked"]')
  );
};

/** The kit says it by a star behind the label, and in no other way; one of a choice is always wanted. */
const isRequired = (label: HTMLElement, control: HTMLElement) =>
  label.className.includes('after:content') || control.getAttribute('role') === 'radiogroup';

/** What a form still wants, as it shows it: required fields without a value, and those marked as wrong. */
export function wantingFields(form: HTMLElement): { missing: Field[]; wrong: Field[] } {
  const missing: Field[] = [];
  const wrong: Field[] = [];
  for (const labelled of form.querySelectorAll<HTMLElement>('[data-slot="labelWrapper"]')) {
    const field = labelled.closest('[data-slot="root"]');
    const label = labelled.querySelector<HTMLElement>('[data-slot="label"]');
    const control = field?.querySelector<HTMLElement>(
      '[role="radiogroup"], [role="combobox"], textarea, input:not([type="hidden"]):not([aria-hidden])',
    );
    if (!label || !control) continue;
    const each = { name: label.textContent?.trim() ?? '', control };
    if (field?.querySelector('[data-slot="error"]')) wrong.push(each);
    else if (isRequired(label, control) && isEmpty(control)) missing.push(each);
  }
  return { missing, wrong };
}
