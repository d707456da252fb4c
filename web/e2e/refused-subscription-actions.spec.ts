import { expect, test } from 'playwright/test';
import { actAtStripe, atStripe, listOf, openDialog, rowOf, subscribe, subscriptionsOf } from './subscriptions.ts';
import { contextOf, control, home, makeMember, sharedAdmin, type Member } from './support.ts';

let admin: Member;
test.beforeAll(async () => {
  admin = await sharedAdmin();
});

test('support hands out links, but is offered nothing that ends, changes or refunds', async ({ browser }) => {
  const [{ email }, support] = await Promise.all([subscribe(admin), makeMember('support')]);
  const context = await contextOf(browser, support);
  const page = await context.newPage();
  await listOf(page, 'abonnements', email);
  await page.getByRole('button', { name: `Actions de l’abonnement de ${email}` }).click();
  await expect(page.getByRole('menuitem', { name: 'Portail client' })).toBeVisible();
  for (const action of ['Résilier', 'Changer de plan', 'Appliquer un coupon'])
    await expect(page.getByRole('menuitem', { name: action }), action).toHaveCount(0);
  await page.getByRole('menuitem', { name: 'Portail client' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Créer le lien' }).click();
  await expect(page.getByRole('dialog').getByRole('link', { name: 'Ouvrir' })).toHaveAttribute(
    'href',
    new RegExp(`^${home.stripeUrl}/p/session/`),
  );
  await listOf(page, 'paiements', email);
  await page.getByRole('button', { name: `Actions du paiement de ${email}` }).click();
  await expect(page.getByRole('menuitem', { name: 'Voir la facture' })).toBeVisible();
  await expect(page.getByRole('menuitem', { name: 'Rembourser' })).toHaveCount(0);

  const [seen] = await subscriptionsOf(admin, email);
  const { error } = await actAtStripe(support, 'cancel', seen!, { when: 'now' });
  expect((error as { context: Response }).context.status).toBe(403);
  await context.close();
});

test('while Stripe is down an act says so and does nothing by half; the same click works once it is back', async ({
  browser,
}) => {
  const { email, stripe_subscription_id: id } = await subscribe(admin);
  const context = await contextOf(browser, admin);
  const [page, stripePage] = [await context.newPage(), await browser.newPage()];
  await listOf(page, 'abonnements', email);
  // Down for this one request: other specs use the same Stripe.
  await page.route(
    '**/functions/v1/stripe-action',
    async (route) => {
      await control('down', 5);
      try {
        await route.fulfill({ response: await route.fetch() });
      } finally {
        await control('down', 0);
      }
    },
    { times: 1 },
  );

  await openDialog(page, email, 'Résilier');
  const dialog = page.getByRole('dialog', { name: 'Résilier l’abonnement' });
  await dialog.getByRole('button', { name: 'Programmer la résiliation' }).click();
  await expect(dialog.getByRole('alert')).toContainText('Stripe ne répond pas : rien n’a été fait.');
  expect(await atStripe(stripePage, 'subscriptions', id)).toMatchObject({
    status: 'active',
    cancel_at_period_end: false,
  });
  expect(await subscriptionsOf(admin, email)).toMatchObject([{ cancel_at_period_end: false }]);

  await dialog.getByRole('button', { name: 'Programmer la résiliation' }).click();
  await expect(rowOf(page, email).getByText('Résiliation programmée')).toBeVisible();
  expect(await atStripe(stripePage, 'subscriptions', id)).toMatchObject({
    status: 'active',
    cancel_at_period_end: true,
  });
  await stripePage.close();
  await context.close();
});
