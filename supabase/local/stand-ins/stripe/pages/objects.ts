import type { Hono } from 'hono';
import { html } from 'hono/html';
import { cancelNow } from '../billing/renewals.ts';
import { needsConfirmation } from '../billing/confirmations.ts';
import { collect } from '../billing/settlement.ts';
import { idOf } from '../core.ts';
import { StripeFailure } from '../errors.ts';
import type { PagesContext } from './context.ts';
import { money, plainMoney } from '../money.ts';
import { languageOf, page, when } from './layout.ts';

export function portalPages(app: Hono, { core, control, deliveries }: PagesContext): void {
  const customerOf = (id: string) =>
    core.store.customers.get(String(core.store.portalSessions.get(id)?.customer ?? ''));
  app.get('/p/session/:id', (c) => {
    const session = core.store.portalSessions.get(c.req.param('id'));
    const customer = customerOf(c.req.param('id'));
    const language = languageOf(c.req.header('accept-language'));
    if (!session || !customer) return c.text('Not found', 404);
    const isFrench = language === 'fr';
    const error = c.req.query('error');
    const cancelButton = (subscription: string) =>
      html`<form class="inline" method="post" action="/p/session/${session.id}/cancel/${subscription}">
        <button>${isFrench ? 'Ne pas renouveler' : 'Do not renew'}</button>
      </form>`;
    const returnUrl = session.return_url;
    const back = returnUrl ? html`<p><a href="${returnUrl}">${isFrench ? 'Retour' : 'Back'}</a></p>` : '';
    return c.html(
      page(
        language,
        'Portail',
        html`<h1>${customer.email}</h1>
          ${error ? html`<p class="error" role="alert">${error}</p>` : ''}
          ${core.store.subscriptions.by('customer', customer.id).map(
            (one) =>
              html`<div class="row">
                <strong>${core.store.products.get(String(one.items.data[0]?.price.product))?.name}</strong>
                <span>${one.status}</span>
                <span>${when(one.items.data[0]?.current_period_end, language)}</span>
                ${one.status === 'canceled' || one.cancel_at_period_end ? '' : cancelButton(one.id)}
              </div>`,
          )}
          <h2>${isFrench ? 'Carte' : 'Card'}</h2>
          <form method="post" action="/p/session/${session.id}/card" class="row">
            <input
              name="card"
              value="4242 4242 4242 4242"
              aria-label="${isFrench ? 'Numéro de carte' : 'Card number'}"
            /><button>${isFrench ? 'Mettre à jour' : 'Update'}</button>
          </form>
          <h2>${isFrench ? 'Factures' : 'Invoices'}</h2>
          <table>
            ${core.store.invoices.by('customer', customer.id).map(
              (one) =>
                html`<tr>
                  <td><a href="/i/${one.id}">${one.number ?? one.id}</a></td>
                  <td>${money(one.total, one.currency, language)}</td>
                  <td>${one.status}</td>
                </tr>`,
            )}
          </table>
          ${back}`,
      ),
    );
  });
  app.post('/p/session/:id/card', async (c) => {
    const customer = customerOf(c.req.param('id'));
    if (!customer) return c.text('Not found', 404);
    try {
      control.updateCardInPortal(customer.id, String((await c.req.parseBody())['card'] ?? ''));
    } catch (error) {
      if (!(error instanceof StripeFailure)) throw error;
      return c.redirect(`/p/session/${c.req.param('id')}?error=${encodeURIComponent(error.message)}`, 303);
    }
    return c.redirect(`/p/session/${c.req.param('id')}`, 303);
  });
  app.post('/p/session/:id/cancel/:subscription', (c) => {
    const subscription = core.store.subscriptions.get(c.req.param('subscription'));
    const customer = customerOf(c.req.param('id'));
    if (!subscription || !customer || idOf(subscription.customer) !== customer.id) return c.text('Not found', 404);
    const end = subscription.items.data[0]!.current_period_end;
    if (subscription.status === 'past_due') cancelNow(core, subscription.id, null);
    else
      core.update(
        core.store.subscriptions,
        subscription.id,
        { cancel_at_period_end: true, cancel_at: end, canceled_at: core.nowOf(customer.id) },
        'customer.subscription.updated',
      );
    deliveries.flush();
    return c.redirect(`/p/session/${c.req.param('id')}`, 303);
  });
}

export function invoicePages(app: Hono, { core, deliveries }: PagesContext): void {
  app.get('/i/:id', (c) => {
    const invoice = core.store.invoices.get(c.req.param('id'));
    const language = languageOf(c.req.header('accept-language'));
    if (!invoice) return c.text('Not found', 404);
    const error = c.req.query('error');
    const confirm = language === 'fr' ? ['Confirmer', 'Échouer'] : ['Confirm', 'Fail'];
    const asks =
      language === 'fr'
        ? 'Votre banque vous demande de confirmer ce paiement.'
        : 'Your bank asks you to confirm this payment.';
    const pay = `${language === 'fr' ? 'Payer' : 'Pay'} ${money(invoice.amount_remaining, invoice.currency, language)}`;
    return c.html(
      page(
        language,
        invoice.number ?? '',
        html`<div class="card">
          <h1>${language === 'fr' ? 'Facture' : 'Invoice'} ${invoice.number}</h1>
          <p>${invoice.customer_email} · ${when(invoice.created, language)} · ${invoice.status}</p>
          ${error ? html`<p class="error" role="alert">${error}</p>` : ''}
          <table>
            ${invoice.lines.data.map(
              (line) =>
                html`<tr>
                  <td>${line.description}</td>
                  <td>${money(line.amount, line.currency, language)}</td>
                </tr>`,
            )}
            <tr>
              <th>Total</th>
              <th>${money(invoice.total, invoice.currency, language)}</th>
            </tr>
          </table>
          <p><a href="/i/${invoice.id}/pdf">PDF</a></p>
          ${
            invoice.status !== 'open'
              ? ''
              : needsConfirmation(core, invoice)
                ? html`<form method="post">
                    <p>${asks}</p>
                    <button class="main" name="confirms" value="yes">${confirm[0]}</button>
                    <button name="confirms" value="no">${confirm[1]}</button>
                  </form>`
                : html`<form method="post"><button class="main">${pay}</button></form>`
          }
        </div>`,
      ),
    );
  });
  app.post('/i/:id', async (c) => {
    const { confirms } = await c.req.parseBody();
    const invoice = core.store.invoices.get(c.req.param('id'));
    if (!invoice) return c.text('Not found', 404);
    try {
      const failure = collect(core, invoice.id!, confirms ? { confirms: confirms === 'yes' } : {});
      // What his bank asks him is on this very page.
      if (failure && needsConfirmation(core, core.store.invoices.need(invoice.id!)))
        return c.redirect(`/i/${invoice.id}`, 303);
      return c.redirect(`/i/${invoice.id}${failure ? `?error=${encodeURIComponent(failure.message)}` : ''}`, 303);
    } finally {
      deliveries.flush();
    }
  });
  app.get('/i/:id/pdf', (c) => {
    const invoice = core.store.invoices.get(c.req.param('id'));
    if (!invoice) return c.text('Not found', 404);
    return c.body(
      pdf([
        `Invoice ${invoice.number ?? invoice.id}`,
        String(invoice.customer_email),
        `Total: ${plainMoney(invoice.total, invoice.currency)}`,
        `Status: ${invoice.status}`,
      ]),
      200,
      {
        'content-type': 'application/pdf',
        'content-disposition': `inline; filename="${invoice.number ?? invoice.id}.pdf"`,
      },
    );
  });
}

/** The smallest PDF that says a few lines. */
function pdf(lines: string[]): string {
  const escape = (text: string) => text.replace(/[^\x20-\x7e]/g, '?').replace(/[\\()]/g, '\\$&');
  const stream = `BT /F1 14 Tf 60 760 Td 22 TL ${lines.map((line) => `(${escape(line)}) Tj T*`).join(' ')} ET`;
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>',
    `<</Length ${stream.length}>>stream\n${stream}\nendstream`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
  ];
  let body = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const at = body.length;
    body += `${index + 1} 0 obj${object}endobj\n`;
    return at;
  });
  const table = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const trailer = `trailer<</Size ${size}/Root 1 0 R>>\nstartxref\n${body.length}\n%%EOF`;
  return `${body}xref\n0 ${size}\n0000000000 65535 f \n${table}${trailer}`;
}

/** What "View in Stripe" opens: the object, read only. */
export function objectPages(app: Hono, { core }: PagesContext): void {
  const kinds: Record<string, (id: string) => object | undefined> = {
    customers: (id) => core.store.customers.get(id),
    subscriptions: (id) => core.store.subscriptions.get(id),
    invoices: (id) => core.store.invoices.get(id),
    events: (id) => core.store.events.get(id),
    payments: (id) => core.store.paymentIntents.get(id) ?? core.store.charges.get(id),
  };
  for (const prefix of ['', '/test']) {
    app.get(`${prefix}/:kind{customers|subscriptions|invoices|events|payments}/:id`, (c) => {
      const object = kinds[c.req.param('kind')]?.(c.req.param('id'));
      const language = languageOf(c.req.header('accept-language'));
      return object
        ? c.html(
            page(
              language,
              c.req.param('id'),
              html`<p><a href="/">Stripe (${language === 'fr' ? 'doublure locale' : 'local stand-in'})</a></p>
                <h1>${c.req.param('id')}</h1>
                <pre>${JSON.stringify(object, null, 2)}</pre>`,
            ),
          )
        : c.text('Not found', 404);
    });
  }
}
