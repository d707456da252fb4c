import type { ActivityRow } from '@contracts/rows/activity.ts';
import { describe, expect, it } from 'vitest';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { event } from '@/test/event.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import SubjectActivity from './SubjectActivity.vue';

const LIST = 'POST /rest/v1/rpc/list_customer_activity';
const at = '2026-11-20T09:30:00.000Z';
const rows: ActivityRow[] = [
  {
    at,
    key: 'event:2',
    source: 'event',
    data: event({
      event_type: 'license_extended',
      actor_kind: 'staff',
      actor: 'laura@admin.com',
      event_data: { days: 30, reason: 'Geste commercial', after: { expires_at: '2026-12-20T09:00:00Z' } },
    }) as never,
  },
  {
    at,
    key: 'payment:1',
    source: 'payment',
    data: {
      id: 'p1',
      license_id: null,
      status: 'failed',
      amount_cents: 2900,
      refunded_cents: 0,
      currency: 'EUR',
      invoice_number: 'WA-12',
      failure_code: 'expired_card',
      payment_method: 'card',
      card_brand: 'visa',
      card_last4: '4242',
    },
  },
  {
    at,
    key: 'payment:0',
    source: 'payment',
    data: {
      id: 'p0',
      license_id: null,
      status: 'succeeded',
      amount_cents: 2900,
      refunded_cents: 900,
      currency: 'EUR',
      invoice_number: null,
      failure_code: null,
      payment_method: 'sepa_debit',
      card_brand: null,
      card_last4: null,
    },
  },
  {
    at,
    key: 'ticket_resolved:1',
    source: 'ticket_resolved',
    data: { number: 1234, subject: 'QR Code expiré', status: 'resolved', priority: 'high', channel: 'client' },
  },
  {
    at,
    key: 'ticket_opened:1',
    source: 'ticket_opened',
    data: { number: 1234, subject: 'QR Code expiré', status: 'resolved', priority: 'high', channel: 'client' },
  },
  {
    at,
    key: 'log_group:7',
    source: 'log_group',
    data: { group_id: 7, title: 'timeout after <duration>', level: 'error', status: 'open', lines: 310 },
  },
  {
    at,
    key: 'check_in:1',
    source: 'check_in',
    data: {
      code: 'HWID_MISMATCH',
      first_at: '2026-11-18T09:30:00.000Z',
      times: 12,
      version: '1.4.2',
      is_own_machine: false,
      license_id: 'l1',
      license_key_hint: '7RCQJ',
    },
  },
  {
    at,
    key: 'mail:1',
    source: 'mail',
    data: {
      id: 'm1',
      template: 'license_created',
      locale: 'fr',
      state: 'bounced',
      at,
      reason: '550 unknown',
      recipient: 'client@example.com',
      created_at: at,
      license_id: null,
      license_key_hint: null,
    },
  },
];
const items = () =>
  [...document.querySelectorAll('ol > li')].map((each) =>
    [...each.querySelector('p')!.children].map((part) => part.textContent!.replace(/\s+/g, ' ').trim()).join(' '),
  );
const button = (name: string) =>
  [...document.querySelectorAll('button')].find((each) => each.textContent?.trim() === name);
const open = async (answer: (body: unknown) => unknown, path = '/', role: 'admin' | 'viewer' = 'admin') => {
  const calls = mockApi({ [LIST]: answer as never });
  const mounted = await mountApp(SubjectActivity, { path, props: { customerId: 'c1' }, role });
  await until(() => expect(document.querySelector('[aria-busy="true"]')).toBeNull());
  const asked = () => calls.filter(({ route }) => route === LIST).map(({ body }) => body as Record<string, unknown>);
  return { asked, ...mounted };
};

describe('SubjectActivity', () => {
  it('says each entry in the words of its feature, and leads to it', async () => {
    const { asked } = await open(() => ({ rows, has_more: false }));
    expect(asked()).toEqual([{ customer_id: 'c1', page_size: 50 }]);
    expect(items()).toEqual([
      'Licence prolongée laura@admin.com',
      'Échec de paiement 29 € Visa •••• 4242 · WA-12',
      'Paiement reçu 29 € Prélèvement SEPA · remboursé : 9 €',
      'Ticket #1234 résolu QR Code expiré Résolu',
      'Ticket #1234 ouvert QR Code expiré Haute',
      'Erreur timeout after <duration> 310 lignes',
      'Autre machine …7RCQJ 12 fois depuis le 18/11/2026 · Version 1.4.2',
      'Nouvelle licence et sa clé client@example.com Rejeté',
    ]);
    const text = document.body.textContent;
    expect(text).toContain('Geste commercial');
    expect(text).toContain('Carte expirée');
    expect(text).toContain('550 unknown');
    expect([...document.querySelectorAll('ol a')].map((each) => each.getAttribute('href'))).toEqual([
      '/support?folder=all&ticket=1234',
      '/support?folder=all&ticket=1234',
      '/logs?view=groups&group=7',
      '/licences/l1?tab=checks',
    ]);
    expect(await axeViolations()).toEqual([]);
  });

  it('narrows to what is chosen, in the address too', async () => {
    const { asked, router } = await open(() => ({ rows, has_more: false }), '/?kinds=mail');
    expect(asked()[0]).toEqual({ customer_id: 'c1', kinds: ['mail'], page_size: 50 });
    expect(button('E-mails')?.getAttribute('aria-pressed')).toBe('true');
    button('Équipe')!.click();
    await until(() => expect(asked().at(-1)).toMatchObject({ kinds: ['mail', 'staff'] }));
    expect(router.currentRoute.value.query).toEqual({ kinds: 'mail,staff' });
    await until(() => expect(button('Tout montrer')).toBeDefined());
    button('Tout montrer')!.click();
    await until(() => expect(asked().at(-1)).toEqual({ customer_id: 'c1', page_size: 50 }));
  });

  it('goes on from the place of the last entry', async () => {
    const { asked } = await open((body) =>
      (body as { before?: string }).before
        ? { rows: [{ ...rows[7]!, key: 'mail:0' }], has_more: false }
        : { rows, has_more: true },
    );
    const more = button('Événements plus anciens');
    expect(more).toBeDefined();
    more!.click();
    await until(() => expect(items()).toHaveLength(9));
    expect(asked().at(-1)).toEqual({ customer_id: 'c1', before: at, before_key: 'mail:1', page_size: 50 });
  });

  it('says that nothing happened, that nothing of the kind did, and why nothing is shown', async () => {
    const none = await open(() => ({ rows: [], has_more: false }));
    expect(document.body.textContent).toContain('Tout ce qui arrive paraîtra ici');
    none.wrapper.unmount();
    const narrowed = await open(() => ({ rows: [], has_more: false }), '/?kinds=log');
    expect(document.body.textContent).toContain('Rien de tel');
    narrowed.wrapper.unmount();
    await open(() => new ApiFailure(403, { code: '42501', hint: 'permission_denied', message: 'x' }));
    await until(() => expect(document.querySelector('[role="alert"]')).not.toBeNull());
  });
});
