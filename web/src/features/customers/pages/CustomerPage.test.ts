import { describe, expect, it } from 'vitest';
import { h } from 'vue';
import { defineModule } from '@/shared/module.ts';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { event } from '@/test/event.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import customers from '../module.ts';
import { details } from '../test-data.ts';
import CustomerPage from './CustomerPage.vue';

const GET = 'POST /rest/v1/rpc/get_customer';
const EVENTS = 'POST /rest/v1/rpc/list_customer_events';
const notes = defineModule({
  name: 'notes',
  customerTabs: [
    {
      name: 'notes',
      labelKey: 'shared.events.reason',
      icon: 'i-lucide-notebook',
      permission: 'customers.read',
      position: 20,
      component: () =>
        Promise.resolve({
          props: ['customerId'],
          render: (props: { customerId: string }) => h('p', `Notes of ${props.customerId}`),
        }),
    },
  ],
});
const modules = [customers, notes];
const text = () => document.body.textContent ?? '';

describe('CustomerPage', () => {
  it('shows figures in each currency, former addresses and the best state', async () => {
    const calls = mockApi({ [GET]: () => details() });
    await mountApp(CustomerPage, { path: '/clients/c1', modules });
    expect(calls.find((call) => call.route === GET)?.body).toEqual({ customer_id: 'c1' });
    expect(text()).toMatch(/Agathe Garcia.*Active.*Garcia & Filles.*client@example\.com/);
    expect(text()).toMatch(/340\s€ · 9,500\sKWD.*8\s€ remboursés/);
    expect(text()).toContain('ancienne@example.com');
    expect(await axeViolations()).toEqual([]);
  });
  it('holds the tabs features contribute, the first of them open', async () => {
    mockApi({ [GET]: () => details() });
    await mountApp(CustomerPage, { path: '/clients/c1', modules });
    expect([...document.querySelectorAll('[role="tab"]')].map((each) => each.textContent?.trim())).toEqual([
      'Motif',
      'Activité',
    ]);
    await until(() => expect(text()).toContain('Notes of c1'));
  });
  it('forgets a customer once the word is typed and a reason given, and says why when refused', async () => {
    const answers = [
      () => new ApiFailure(409, { code: 'PT409', hint: 'customer_in_use', message: 'x' }),
      () => details({ anonymized_at: '2026-11-27T10:00:00Z', name: null }),
    ];
    const calls = mockApi({ [GET]: () => details(), 'POST /rest/v1/rpc/forget_customer': () => answers.shift()!() });
    await mountApp(CustomerPage, { path: '/clients/c1', modules });
    document.querySelector<HTMLElement>('button[aria-label="Oublier ce client"]')!.click();
    await until(() => expect(document.querySelector('[role="dialog"] textarea')).not.toBeNull());
    const dialog = () => document.querySelector('[role="dialog"]')!;
    expect(await axeViolations(dialog())).toEqual([]);
    const type = (field: string, value: string) => {
      const input = dialog().querySelector<HTMLInputElement>(field)!;
      input.value = value;
      input.dispatchEvent(new Event('input', { bubbles: true }));
    };
    const button = () =>
      [...dialog().querySelectorAll('button')].find((each) => each.textContent?.trim() === 'Oublier ce client')!;
    expect(button().disabled).toBe(true);
    type('textarea', 'Article 17');
    type('input', 'OUBLIER');
    await until(() => expect(button().disabled).toBe(false));
    button().click();
    await until(() => expect(dialog().textContent).toContain('Une licence est en cours'));
    button().click();
    await until(() => expect(document.querySelector('[role="dialog"]')).toBeNull());
    expect(calls.filter((call) => call.route.endsWith('forget_customer'))[1]?.body).toMatchObject({
      reason: 'Article 17',
    });
  });
  it('offers nobody else to forget a customer', async () => {
    mockApi({ [GET]: () => details() });
    await mountApp(CustomerPage, { path: '/clients/c1', modules, role: 'support' });
    await until(() => expect(text()).toContain('Agathe Garcia'));
    expect(document.querySelector('button[aria-label="Oublier ce client"]')).toBeNull();
  });
  it('tells what happened to the customer', async () => {
    const calls = mockApi({
      [GET]: () => details(),
      [EVENTS]: () => ({ rows: [event({ event_type: 'customer_updated' })], has_more: false }),
    });
    await mountApp(CustomerPage, { path: '/clients/c1?tab=activity', modules });
    await until(() => expect(text()).toContain('Client modifié'));
    expect(calls.find((call) => call.route === EVENTS)?.body).toEqual({ customer_id: 'c1', page_size: 50 });
  });
  it('says that there is none', async () => {
    mockApi({
      [GET]: () => new ApiFailure(404, { code: 'PT404', hint: 'customer_not_found', message: 'no', details: null }),
    });
    await mountApp(CustomerPage, { path: '/clients/c1', modules });
    expect(text()).toContain('Client introuvable');
  });
});
