import { useToast } from '@nuxt/ui/composables';
import { flushPromises } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';
import { defineComponent, h } from 'vue';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { mountApp } from '@/test/mount.ts';
import type { StaffActionKind } from '../staff.ts';
import { member } from '../test-data.ts';
import StaffActionDialog from './StaffActionDialog.vue';

const ADMIN = 'POST /functions/v1/staff-admin';
const dialog = () => document.querySelector<HTMLElement>('[role="dialog"]')!;
const confirmButton = (name: string) =>
  [...dialog().querySelectorAll('button')].find((each) => each.textContent?.trim() === name);

let toasts: ReturnType<typeof useToast>['toasts'];
async function show(kind: StaffActionKind, answer: () => unknown) {
  const calls = mockApi({ [ADMIN]: answer });
  const update = vi.fn();
  const props = { kind, member: member(), open: true, 'onUpdate:open': update };
  await mountApp(defineComponent({ setup: () => (({ toasts } = useToast()), () => h(StaffActionDialog, props)) }));
  toasts.value = [];
  return { calls, update };
}

describe('StaffActionDialog', () => {
  it.each([
    ['deactivate', 'Désactiver'],
    ['reactivate', 'Réactiver'],
    ['reset_mfa', 'Réinitialiser'],
    ['resend_invitation', 'Renvoyer'],
  ] as const)('%s says what it does, asks the function, and closes', async (kind, label) => {
    const { calls, update } = await show(kind, () => ({ staff: member() }));
    expect(dialog().textContent).toContain('Marc Lefèvre');
    confirmButton(label)?.click();
    await flushPromises();
    expect(calls[0]?.body).toEqual({ action: kind, user_id: member().user_id });
    expect(update).toHaveBeenCalledWith(false);
  });
  it('does not change a role to what it is', async () => {
    await show('set_role', () => null);
    expect(confirmButton('Changer le rôle')?.disabled).toBe(true);
  });
  it.each([
    ['last_admin', 409, 'au moins un administrateur'],
    ['self_forbidden', 403, 'votre propre compte'],
    ['not_found', 404, 'n’existe pas'],
  ])('stays open on %s and says so', async (code, status, text) => {
    const { update } = await show('deactivate', () => new ApiFailure(status, { code, message: 'no', details: null }));
    confirmButton('Désactiver')?.click();
    await flushPromises();
    expect(dialog().querySelector('[role="alert"]')?.textContent).toContain(text);
    expect(update).not.toHaveBeenCalled();
  });
  it('says when a link to choose a password went out instead of an invitation', async () => {
    const { update } = await show('resend_invitation', () => ({ staff: member(), mail: 'recovery' }));
    confirmButton('Renvoyer')?.click();
    await flushPromises();
    expect(update).toHaveBeenCalledWith(false);
    expect(toasts.value[0]?.title).toContain('un lien pour choisir un mot de passe a été envoyé à la place');
  });
  it('explains why an accepted invitation is not sent again', async () => {
    await show('resend_invitation', () => new ApiFailure(409, { code: 'email_exists', message: 'no', details: null }));
    confirmButton('Renvoyer')?.click();
    await flushPromises();
    expect(dialog().querySelectorAll('[role="alert"]')).toHaveLength(1);
    expect(dialog().textContent).toContain('a déjà accepté');
  });
});
