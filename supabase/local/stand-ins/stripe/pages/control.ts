import type { Hono } from 'hono';
import { html } from 'hono/html';
import type Stripe from 'stripe';
import { idOf } from '../core.ts';
import { declineCodes, StripeFailure } from '../errors.ts';
import type { PagesContext } from './context.ts';
import { languageOf, page, when } from './layout.ts';

const shown = 100;
const texts = {
  fr: {
    title: 'Stripe, doublure locale',
    play: 'Réglages',
    shuffle: 'Mélanger les événements',
    duplicate: 'Tout envoyer deux fois',
    drop: 'Perdre les 5 prochains',
    down: 'En panne une minute',
    lose: 'Perdre la prochaine réponse',
    again: 'Renvoyer le dernier deux fois',
    normal: 'Tout rétablir',
    customers: 'Clients',
    search: 'E-mail…',
    fail: 'Refuser la prochaine fois',
    always: 'Toujours refuser',
    auth: 'Demander l’authentification',
    ok: 'Accepter',
    next: '→ prochaine facture',
    day: '+ 1 jour',
    events: 'Événements',
    send: 'Renvoyer',
    dispute: 'Litige',
    inquiry: 'Demande d’information',
    won: 'Litige gagné',
    lost: 'Litige perdu',
    closed: 'Demande close',
    warn: 'Fraude soupçonnée',
  },
  en: {
    title: 'Stripe, local stand-in',
    play: 'Play',
    shuffle: 'Shuffle events',
    duplicate: 'Send everything twice',
    drop: 'Lose the next 5',
    down: 'Down for a minute',
    lose: 'Lose the next answer',
    again: 'Send the last twice more',
    normal: 'Back to normal',
    customers: 'Customers',
    search: 'E-mail…',
    fail: 'Decline next time',
    always: 'Always decline',
    auth: 'Ask for authentication',
    ok: 'Accept',
    next: '→ next invoice',
    day: '+ 1 day',
    events: 'Events',
    send: 'Send again',
    dispute: 'Dispute',
    inquiry: 'Inquiry',
    won: 'Dispute won',
    lost: 'Dispute lost',
    closed: 'Inquiry closed',
    warn: 'Suspect fraud',
  },
};

/** The page to play with: what customers' cards do, what happens to events, how time passes. */
export function controlPage(app: Hono, { core, control }: PagesContext): void {
  const disputeOf = (charge: string) => core.store.disputes.by('charge', charge)[0]!.id;
  /** What can become of a charge: its dispute is decided, or it is disputed or suspected. */
  const afterCharge = (charge: string) => {
    const [dispute] = core.store.disputes.by('charge', charge);
    if (!dispute) return ['dispute', 'inquiry', 'warn'] as const;
    if (dispute.status === 'needs_response') return ['won', 'lost'] as const;
    return dispute.status === 'warning_needs_response' ? (['closed'] as const) : ([] as const);
  };
  const act: Record<string, (form: Record<string, string>) => unknown> = {
    shuffle: () => control.shuffle(!core.store.settings.shuffle),
    duplicate: () => control.duplicate(!core.store.settings.duplicate),
    drop: () => control.drop(5),
    down: () => control.down(60),
    // The SDK asks three times.
    lose: () => control.loseAnswers(3),
    again: () => control.sendAgain('last', 2),
    normal: () => [
      control.shuffle(false),
      control.duplicate(false),
      control.drop(false),
      control.down(0),
      control.rateLimit(0),
      control.loseAnswers(0),
      control.slow(0),
    ],
    fail: ({ customer, code }) => control.failNext(customer!, code),
    always: ({ customer, code }) => control.failAlways(customer!, code),
    auth: ({ customer }) => control.requireAuthentication(customer!),
    ok: ({ customer }) => control.succeedAgain(customer!),
    next: ({ customer }) => control.advanceCustomer(customer!, 'next_invoice'),
    day: ({ customer }) => control.advanceCustomer(customer!, { days: 1 }),
    send: ({ event }) => control.sendAgain(event!, 1),
    dispute: ({ charge }) => control.openDispute(charge!),
    inquiry: ({ charge }) => control.openDispute(charge!, { isInquiry: true }),
    won: ({ charge }) => control.closeDispute(disputeOf(charge!), 'won'),
    lost: ({ charge }) => control.closeDispute(disputeOf(charge!), 'lost'),
    closed: ({ charge }) => control.closeDispute(disputeOf(charge!), 'warning_closed'),
    warn: ({ charge }) => control.warnOfFraud(charge!),
  };
  app.post('/', async (c) => {
    const form = Object.fromEntries(
      Object.entries(await c.req.parseBody()).map(([key, value]) => [key, String(value)]),
    );
    try {
      act[form['do'] ?? '']?.(form);
    } catch (error) {
      if (!(error instanceof StripeFailure)) throw error;
      return c.redirect(`/?error=${encodeURIComponent(error.message)}`, 303);
    }
    return c.redirect(`/?q=${encodeURIComponent(form['q'] ?? '')}`, 303);
  });
  app.get('/', (c) => {
    const language = languageOf(c.req.header('accept-language'));
    const text = texts[language];
    const query = c.req.query('q')?.toLowerCase() ?? '';
    const customers = core.store.customers
      .newest(core.store.customers.size)
      .filter(({ email, name }) => `${email} ${name}`.toLowerCase().includes(query))
      .slice(0, shown);
    const { shuffle, duplicate, drop } = core.store.settings;
    const hidden = (fields: Record<string, string>) =>
      Object.entries({ ...fields, q: query }).map(
        ([key, value]) => html`<input type="hidden" name="${key}" value="${value}" />`,
      );
    const button = (name: string, label: string, on = false) =>
      html`<button name="do" value="${name}" aria-pressed="${on}">${on ? '● ' : ''}${label}</button>`;
    const plain = (...names: Array<keyof typeof text>) => names.map((name) => button(name, text[name]));
    const subscriptionLine = (one: Stripe.Subscription) => {
      const [item] = one.items.data;
      const product = core.store.products.get(String(item?.price.product))?.name;
      return html`<div>
        <a href="/subscriptions/${one.id}">${product}</a> ${one.status}
        <small>${when(item?.current_period_end, language)}</small>
      </div>`;
    };
    return c.html(
      page(
        language,
        text.title,
        html`<h1>${text.title}</h1>
          ${c.req.query('error') ? html`<p class="error" role="alert">${c.req.query('error')}</p>` : ''}
          <h2>${text.play}</h2>
          <form method="post" class="row">
            ${button('shuffle', text.shuffle, shuffle)} ${button('duplicate', text.duplicate, duplicate)}
            ${button('drop', text.drop, drop === null || drop > 0)} ${plain('down', 'lose', 'again', 'normal')}
          </form>
          <h2>${text.customers} (${core.store.customers.size})</h2>
          <form class="row">
            <input name="q" value="${query}" placeholder="${text.search}" aria-label="${text.search}" />
          </form>
          <div class="scroll">
            <table>
              ${customers.map((customer) => {
                const mood = core.mood(customer.id);
                const [charge] = core.store.charges.by('customer', customer.id);
                return html`<tr>
                  <td>
                    <a href="/customers/${customer.id}">${customer.email}</a><br /><small
                      >${when(core.nowOf(customer.id), language)}</small
                    >
                  </td>
                  <td>
                    ${core.store.subscriptions.by('customer', customer.id).map(subscriptionLine)}
                    <small>${mood.failAlways ?? mood.failNext ?? (mood.authenticates ? text.auth : '')}</small>
                  </td>
                  <td>
                    <form method="post" class="row">
                      ${hidden({ customer: customer.id, ...(charge ? { charge: idOf(charge) } : {}) })}<select
                        name="code"
                        aria-label="decline code"
                        style="width:auto"
                      >
                        ${declineCodes.map((code) => html`<option>${code}</option>`)}
                      </select>
                      ${plain('fail', 'always', 'auth', 'ok', 'next', 'day')}
                      ${charge ? plain(...afterCharge(charge.id)) : ''}
                    </form>
                  </td>
                </tr>`;
              })}
            </table>
          </div>
          <h2>${text.events}</h2>
          <div class="scroll">
            <table>
              ${core.store.events.newest(shown).map((event) => {
                const sent = core.store.deliveries.by('event', event.id);
                return html`<tr>
                  <td>${when(event.created, language)}</td>
                  <td><a href="/events/${event.id}">${event.type}</a></td>
                  <td>
                    ${sent.map(({ status, attempts, lastStatus, lastError }) => {
                      const tries = attempts > 0 ? `×${attempts}` : '';
                      return html`<div>${status} ${tries} ${lastStatus ?? ''} ${lastError ?? ''}</div>`;
                    })}
                  </td>
                  <td><form method="post">${hidden({ event: event.id })}${button('send', text.send)}</form></td>
                </tr>`;
              })}
            </table>
          </div>`,
      ),
    );
  });
}
