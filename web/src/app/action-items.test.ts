import type { DropdownMenuItem } from '@nuxt/ui';
import { defineComponent } from 'vue';
import { describe, expect, it, vi } from 'vitest';
import { LICENSE_ACTIONS, type LicenseActionKind } from '@/features/licenses/actions.ts';
import { SUBSCRIPTION_ACTIONS } from '@/features/billing/subscriptions/actions.ts';
import { STAFF_ACTIONS } from '@/features/staff/staff.ts';
import { license } from '@/test/license.ts';
import { mountApp } from '@/test/mount.ts';
import { offeredActions, useActionItems } from '@/shared/useActionItems.ts';

const act = vi.fn();
async function menuOf(said: Partial<Record<LicenseActionKind, string | null>>): Promise<DropdownMenuItem[][]> {
  let groups: DropdownMenuItem[][] = [];
  await mountApp(
    defineComponent({
      setup() {
        const items = useActionItems();
        return () => ((groups = items(LICENSE_ACTIONS, { ...license().actions, ...said }, (kind) => kind, act)), null);
      },
    }),
  );
  return groups;
}

describe('useActionItems()', () => {
  it('offers what may be done, the dangerous last, and does it when chosen', async () => {
    const [safe, dangerous] = await menuOf({});
    expect(safe!.map(({ label }) => label)).toEqual(['extend', 'change_plan', 'transfer', 'send_key']);
    expect(dangerous!.map(({ label }) => label)).toEqual(['renew_key', 'suspend', 'revoke', 'delete']);
    (safe![0]!.onSelect as (event: Event) => void)(new Event('select'));
    expect(act).toHaveBeenCalledWith('extend');
  });

  it('shows what would be refused, with the reason, and nothing happens', async () => {
    const [, dangerous] = await menuOf({ delete: 'license_in_use' });
    expect(dangerous!.at(-1)).toMatchObject({
      disabled: true,
      description: 'Cette licence a déjà servi ou été payée : révoquez-la au lieu de la supprimer.',
    });
    expect(dangerous!.at(-1)).not.toHaveProperty('onSelect');
  });

  it('shows a code of a later database as it is rather than offer the act', async () => {
    const [safe] = await menuOf({ extend: 'of_a_later_version' });
    expect(safe![0]).toMatchObject({ disabled: true, description: 'of_a_later_version' });
  });

  it('says nothing of what the role forbids', async () => {
    const groups = await menuOf({
      extend: 'permission_denied',
      change_plan: 'permission_denied',
      transfer: 'permission_denied',
      send_key: 'permission_denied',
    });
    expect(groups.flat().map(({ label }) => label)).not.toContain('extend');
    expect(groups).toHaveLength(1);
  });
});

describe('offeredActions()', () => {
  const kinds = (actions: readonly { kind: string }[]) => actions.map(({ kind }) => kind);
  it('leaves out what would mean nothing in the state', () => {
    const none = { retry_payment: null, portal_link: null, change_plan: null, apply_coupon: null, cancel: null };
    const said = { ...none, remind: null, remove_coupon: 'no_discount', undo_cancel: 'not_ending', link_license: null };
    expect(kinds(offeredActions(SUBSCRIPTION_ACTIONS, said))).not.toContain('undo_cancel');
    expect(kinds(offeredActions(SUBSCRIPTION_ACTIONS, { ...said, undo_cancel: null }))).toContain('undo_cancel');
    expect(
      kinds(
        offeredActions(STAFF_ACTIONS, {
          set_role: null,
          resend_invitation: 'staff_inactive',
          reactivate: null,
          reset_mfa: 'no_second_factor',
          deactivate: 'staff_inactive',
        }),
      ),
    ).toEqual(['set_role', 'reactivate', 'reset_mfa']);
  });
});
