import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { event, invoice, mirrored, receive } from './stripe.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

it.each([
  ['https://invoice.stripe.com/i/acct_1/test_x?s=ap', true],
  ['https://exemple.fr', true],
  ['http://127.0.0.1:54325/i/in_1', true],
  ['http://localhost/i', true],
  ['http://exemple.fr/i', false],
  ['http://127.0.0.1.evil.test/', false],
  ['http://localhost@evil.test/', false],
  ['javascript:alert(1)', false],
  ['JAVASCRIPT:alert(1)//https://x', false],
  ['data:text/html,x', false],
  ['//exemple.fr', false],
  [' https://exemple.fr', false],
  ['https://exemple.fr/"onclick="x', false],
  ['https://exemple.fr\\@evil.test', false],
  ['https://exemple.fr/\njavascript:x', false],
  [`https://exemple.fr/${'x'.repeat(2000)}`, false],
])('%s: somebody may be sent there: %s', async (link, may) => {
  const [row] = await db.sql`select private.is_web_link(${link}) as may`;
  expect(row!.may).toBe(may);
});

describe('an invoice of Stripe whose address is no link', () => {
  it('is kept without it, and its payment too', async () => {
    const { bought } = await mirrored(db.sql);
    const bill = {
      ...invoice(bought),
      hosted_invoice_url: 'javascript:alert(1)',
      invoice_pdf: 'https://stripe.test/p',
    };
    expect(await receive(db.sql, event('invoice.paid', bill))).toMatchObject({ status: 'processed' });
    const [kept] = await db.sql`select hosted_invoice_url, invoice_pdf_url, status from public.invoices
      where stripe_invoice_id = ${bill.id}`;
    expect(kept).toEqual({ hosted_invoice_url: null, invoice_pdf_url: 'https://stripe.test/p', status: 'paid' });
  });
});

it('the address of the dashboard is no other kind either', async () => {
  const change = (value: string) =>
    db.sql`update public.settings set value = ${db.sql.json(value)} where key = 'stripe_dashboard_url'`;
  await expect(change('javascript:alert(1)')).rejects.toMatchObject({ hint: 'invalid_setting' });
  await expect(change('http://exemple.fr')).rejects.toMatchObject({ hint: 'invalid_setting' });
  await change('https://dashboard.stripe.com');
});
