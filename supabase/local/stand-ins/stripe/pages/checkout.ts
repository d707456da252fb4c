import type { Hono } from 'hono';
import { html } from 'hono/html';
import type Stripe from 'stripe';
import { StripeFailure } from '../errors.ts';
import { findTestCard } from '../objects/cards.ts';
import type { PagesContext } from './context.ts';
import { money } from '../money.ts';
import { type Language, languageOf, page } from './layout.ts';

const texts = {
  fr: {
    title: 'Paiement',
    email: 'E-mail',
    card: 'Numéro de carte',
    code: 'Code promotionnel',
    pay: 'S’abonner',
    cancel: 'Annuler',
    over: 'Ce lien n’est plus valable',
    perMonth: 'par mois',
    perYear: 'par an',
    country: 'Pays',
    taxId: 'Numéro de TVA (facultatif)',
    hint:
      'Cartes d’essai : 4242 4242 4242 4242 (accepte), 4000 0000 0000 0341 (refuse plus tard), 4000 0000 0000' +
      ' 9995 (provision insuffisante), 4000 0025 0000 3155 (authentification une fois), 4000 0027 6000 3184 (à chaque' +
      ' paiement)',
    asks: 'La banque vous demande de confirmer.',
    confirm: 'Confirmer',
    refuse: 'Échouer',
  },
  en: {
    title: 'Payment',
    email: 'E-mail',
    card: 'Card number',
    code: 'Promotion code',
    pay: 'Subscribe',
    cancel: 'Cancel',
    over: 'This link is no longer valid',
    perMonth: 'a month',
    perYear: 'a year',
    country: 'Country',
    taxId: 'VAT number (optional)',
    hint:
      'Test cards: 4242 4242 4242 4242 (succeeds), 4000 0000 0000 0341 (fails later), 4000 0000 0000 9995 ' +
      '(insufficient funds), 4000 0025 0000 3155 (authentication once), 4000 0027 6000 3184 (for each payment)',
    asks: 'The bank asks you to confirm.',
    confirm: 'Confirm',
    refuse: 'Fail',
  },
};

const emailField = (label: string, email: string | null) =>
  html`<label
    >${label}<input name="email" type="email" required value="${email ?? ''}" ${email ? 'readonly' : ''}
  /></label>`;

const customField = ({ key, label, optional, text }: Stripe.Checkout.Session.CustomField) =>
  html`<label
    >${label.custom ?? key}<input
      name="field_${key}"
      ${optional ? '' : 'required'}
      minlength="${text?.minimum_length ?? 0}"
      maxlength="${text?.maximum_length ?? 255}"
  /></label>`;

/** The hosted checkout: pays, or says why not and stays. */
export function checkoutPages(app: Hono, { core, control }: PagesContext): void {
  /** Instead of the form, what his bank asks; the form's entries go along. */
  const renderQuestion = (id: string, header: string | undefined, entries: Record<string, string>) => {
    const session = core.store.checkoutSessions.get(id);
    const language: Language = session?.locale === 'fr' ? 'fr' : session?.locale === 'en' ? 'en' : languageOf(header);
    const text = texts[language];
    return page(
      language,
      text.title,
      html`<form class="card" method="post">
        <p>${text.asks}</p>
        ${Object.entries(entries).map(([key, value]) => html`<input type="hidden" name="${key}" value="${value}" />`)}
        <button class="main" name="confirms" value="yes">${text.confirm}</button>
        <button name="confirms" value="no">${text.refuse}</button>
      </form>`,
    );
  };
  const render = (id: string, header: string | undefined, error = '') => {
    const session = core.store.checkoutSessions.get(id);
    const language: Language = session?.locale === 'fr' ? 'fr' : session?.locale === 'en' ? 'en' : languageOf(header);
    const text = texts[language];
    if (session?.status !== 'open')
      return page(language, text.title, html`<div class="card"><h1>${text.over}</h1></div>`);
    const prices = core.store.checkoutPlans.need(id).items.map(({ price }) => core.store.prices.need(price));
    return page(
      language,
      text.title,
      html`<form class="card" method="post">
        <h1>${prices.map((price) => core.store.products.get(price.product as string)?.name ?? '').join(', ')}</h1>
        <p>
          ${money(session.amount_total ?? 0, session.currency, language)}
          ${prices[0]?.recurring?.interval === 'year' ? text.perYear : text.perMonth}
        </p>
        ${error ? html`<p class="error" role="alert">${error}</p>` : ''}
        ${session.customer ? '' : emailField(text.email, session.customer_email)}
        ${session.custom_fields.map(customField)}
        ${
          session.billing_address_collection === 'required' || session.automatic_tax.enabled
            ? html`<label>${text.country}<input name="country" required value="FR" maxlength="2" /></label>`
            : ''
        }
        ${session.tax_id_collection?.enabled ? html`<label>${text.taxId}<input name="taxId" /></label>` : ''}
        <label>${text.card}<input name="card" inputmode="numeric" required value="4242 4242 4242 4242" /></label>
        ${session.allow_promotion_codes ? html`<label>${text.code}<input name="code" /></label>` : ''}
        <p><small>${text.hint}</small></p>
        <button class="main">${text.pay}</button>
        ${session.cancel_url ? html`<p><a href="${session.cancel_url}">${text.cancel}</a></p>` : ''}
      </form>`,
    );
  };
  app.get('/c/pay/:id', (c) => c.html(render(c.req.param('id'), c.req.header('accept-language'))));
  app.post('/c/pay/:id', async (c) => {
    const id = c.req.param('id');
    const form = Object.fromEntries(
      Object.entries(await c.req.parseBody()).map(([key, value]) => [key, String(value)]),
    );
    const fields = Object.fromEntries(
      Object.entries(form)
        .filter(([key]) => key.startsWith('field_'))
        .map(([key, value]) => [key.slice(6), value]),
    );
    if (findTestCard(form['card'] ?? '')?.authenticates && !form['confirms'])
      return c.html(renderQuestion(id, c.req.header('accept-language'), form));
    try {
      const session = control.completeCheckout(id, {
        confirms: form['confirms'] !== 'no',
        card: form['card'] ?? '',
        email: form['email'],
        customFields: fields,
        promotionCode: form['code'] || undefined,
        country: form['country'] || undefined,
        taxId: form['taxId'] || undefined,
      });
      return c.redirect((session.success_url ?? '/').replace('{CHECKOUT_SESSION_ID}', id), 303);
    } catch (error) {
      if (!(error instanceof StripeFailure)) throw error;
      return c.html(render(id, c.req.header('accept-language'), error.message), 402);
    }
  });
}
