import { flushPromises } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';
import { AppError } from '@/base/errors.ts';
import { axeViolations, mountApp } from '@/test/mount.ts';
import CodeForm from './CodeForm.vue';

const boxes = () => [...document.querySelectorAll<HTMLInputElement>('input[data-slot="base"]')];

async function type(code: string): Promise<void> {
  for (const [index, digit] of [...code].entries()) {
    const box = boxes()[index]!;
    box.value = digit;
    box.dispatchEvent(new InputEvent('input', { data: digit, bubbles: true }));
    await flushPromises();
  }
}

describe('CodeForm', () => {
  it('sends the code as soon as the sixth digit is there', async () => {
    const verify = vi.fn(async () => {});
    await mountApp(CodeForm, { props: { verify, submitLabel: 'Vérifier' } });
    await type('012345');
    expect(verify).toHaveBeenCalledExactlyOnceWith('012345');
  });
  it('clears a refused code, says why and takes the focus back', async () => {
    const verify = vi.fn(async () => {
      throw new AppError('no', { kind: 'auth', code: 'mfa_verification_failed', status: 422 });
    });
    await mountApp(CodeForm, { props: { verify, submitLabel: 'Vérifier' } });
    await type('111111');
    expect(document.body.textContent).toContain('Code incorrect');
    expect(boxes().every((box) => box.value === '')).toBe(true);
    expect(document.activeElement).toBe(boxes()[0]);
  });
  it('counts down after too many tries and sends nothing meanwhile', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const verify = vi.fn(async () => {
      throw new AppError('retry in 3s', { kind: 'auth', code: 'over_request_rate_limit', status: 429 });
    });
    await mountApp(CodeForm, { props: { verify, submitLabel: 'Vérifier' } });
    await type('111111');
    expect(document.body.textContent).toContain('Réessayez dans 3 s');
    document.querySelector('form')!.dispatchEvent(new Event('submit', { cancelable: true }));
    expect(verify).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(3_000);
    await flushPromises();
    expect(document.body.textContent).not.toContain('Réessayez');
    vi.useRealTimers();
  });
  it('asks for all six digits', async () => {
    const verify = vi.fn(async () => {});
    await mountApp(CodeForm, { props: { verify, submitLabel: 'Vérifier' } });
    await type('123');
    document.querySelector('form')!.dispatchEvent(new Event('submit', { cancelable: true }));
    await flushPromises();
    expect(verify).not.toHaveBeenCalled();
    expect(document.body.textContent).toContain('six chiffres');
  });
  it('names each box in the language of the page and has no accessibility failure', async () => {
    await mountApp(CodeForm, { props: { verify: async () => {}, submitLabel: 'Vérifier' } });
    expect(boxes().map((box) => box.getAttribute('aria-label'))).toEqual(
      [1, 2, 3, 4, 5, 6].map((index) => `Chiffre ${index} sur 6`),
    );
    expect(await axeViolations()).toEqual([]);
  });
});
