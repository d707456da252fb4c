import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BrowserContext, expect, type Page, test } from 'playwright/test';
import { accessibilityFaults } from './accessibility.ts';
import { newLicense, unique, type License } from './licenses.ts';
import { scoreRisks } from './risks.ts';
import { actAtStripe, listOf, openDialog, subscribe, type Subscription, suspectFraud } from './subscriptions.ts';
import { reportLines } from './logs.ts';
import { newTicket, type Ticket, writeFromProduct } from './tickets.ts';
import { checkLicense, contextOf, makeMember, type Member, sharedAdmin, visit } from './support.ts';

const src = join(import.meta.dirname, '../src');
/** Every component that opens something over the page; what they are built on is looked at in them. */
const FOUND = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.vue') && path !== 'shared/components/ConfirmDialog.vue')
  .filter((path) => /<(UModal|USlideover|UDrawer|ConfirmDialog)\b/.test(readFileSync(join(src, path), 'utf8')));

let admin: Member;
let context: BrowserContext;
let page: Page;
let license: License;
/** Nothing of its customer is in force any more. */
let gone: License;
let colleague: Member;
let healthy: Subscription & { email: string };
let ending: Subscription & { email: string };
let ticket: Ticket;

test.beforeAll(async ({ browser }) => {
  admin = await sharedAdmin();
  [license, gone, colleague, healthy, ending] = await Promise.all([
    newLicense(admin),
    newLicense(admin),
    makeMember('support'),
    subscribe(admin),
    subscribe(admin),
  ]);
  ticket = await newTicket(admin, { license });
  await admin.client.rpc('save_log_rule', { rule: { name: RULE, kind: 'new_group' } });
  await scoreRisks();
  await admin.client.rpc('revoke_license', { license_id: gone.id, reason: 'Essai' });
  const { error } = await actAtStripe(admin, 'cancel', ending, { when: 'period_end' });
  if (error) throw error;
  context = await contextOf(browser, admin);
  page = await context.newPage();
});
test.afterAll(() => context.close());
// One over another: whoever goes on closes one.
test.afterEach(async () => {
  const dialogs = page.locator('[role="dialog"]');
  for (let open = await dialogs.count(); open > 1; open -= 1) {
    await page.keyboard.press('Escape');
    await expect(dialogs).toHaveCount(open - 1);
  }
});

const button = (name: string | RegExp) => page.getByRole('button', { name }).first().click();
const menu = async (of: string | RegExp, entry: string) => {
  await button(of);
  await page.getByRole('menuitem', { name: entry, exact: true }).click();
};
const onLicense = async (entry: string) => {
  await visit(page, `/licences/${license.id}`);
  await menu(`Actions pour ${license.email}`, entry);
};
const onCustomer = async ({ id }: License, entry: string) => {
  const { data } = await admin.client.from('licenses').select('customer_id').eq('id', id).single();
  await visit(page, `/clients/${String((data as { customer_id: string }).customer_id)}`);
  await menu(/^Actions pour/, entry);
};
const onTicket = async (entry: string) => {
  await visit(page, `/support?folder=all&ticket=${ticket.number}`);
  await menu('Autres actions', entry);
};
const onTickets = async (act: string) => {
  await visit(page, '/support?folder=all');
  for (const place of [0, 1]) await page.locator('[data-ticket]').nth(place).getByRole('checkbox').check();
  await page
    .getByRole('region', { name: 'Actions sur la sélection' })
    .getByRole('button', { name: act, exact: true })
    .click();
};
const onSettings = async (name: string) => {
  await visit(page, '/support/settings');
  await button(name);
};
/** A dialog over another, which nobody reaches any more. */
const isOver = async (name: string) => {
  await expect(page.getByRole('dialog', { name })).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(1);
};
const onLine = async () => {
  const source = await reportLines(license, [{ level: 'error', message: 'Session perdue' }]);
  await visit(page, `/logs?q=${encodeURIComponent(`source:${source}`)}`);
  await page.locator('[data-lines]').getByRole('button').first().click();
  await expect(page.getByRole('dialog').getByText('Juste avant et après')).toBeVisible();
};
const onGroup = async () => {
  const source = await reportLines(license, [{ level: 'error', message: `Panne ${unique()}` }]);
  await visit(page, '/logs?view=groups');
  await page.locator('[data-group]', { hasText: source }).getByRole('button').click();
  await expect(page.getByRole('dialog').getByText('Première fois')).toBeVisible();
};
const RULE = `Alerte ${unique()}`;
const onRule = async () => {
  await visit(page, '/logs/alertes');
  await expect(page.locator('[data-rule]', { hasText: RULE })).toBeVisible();
};
const onSubscription = async (entry: string, email = healthy.email) => {
  await listOf(page, 'abonnements', email);
  await openDialog(page, email, entry);
};
const onList = async () => {
  await visit(page, '/licences');
  await expect(page.getByRole('heading', { name: 'Licences', level: 1 })).toBeVisible();
};
const importFile = async (rows: string[]) => {
  await onList();
  await visit(page, '/imports');
  await page.locator('input[type="file"]').setInputFiles({
    name: 'licences.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(['email,hwid,plan', ...rows].join('\n')),
  });
  await button('Contrôler les lignes');
};

/** With a second device, codes and another session, which the person all files share must not get. */
const onAccount = async () => {
  await page.route('**/rest/v1/rpc/get_own_account', async (route) => {
    const response = await route.fetch();
    const account = (await response.json()) as Record<'factors' | 'sessions', { id: string }[]>;
    const factors = [...account.factors, { ...account.factors[0], id: crypto.randomUUID(), name: 'Tablette' }];
    const elsewhere = { ...account.sessions[0], id: crypto.randomUUID(), is_current: false };
    // Codes there are already: new ones are made after a question only.
    const recovery_codes = { left: 7, made_at: new Date().toISOString() };
    await route.fulfill({
      response,
      json: { ...account, factors, sessions: [account.sessions[0], elsewhere], recovery_codes },
    });
  });
  await visit(page, '/account');
};

/** How each is opened, as a person would. */
const OPEN: Record<string, () => Promise<unknown>> = {
  'app/shell/CommandPalette.vue': async () => {
    await onList();
    await page.keyboard.press('Control+k');
  },
  'app/shell/MenuDrawer.vue': async () => {
    await onList();
    await page.setViewportSize({ width: 390, height: 844 });
    await button('Ouvrir le menu');
  },
  'app/shell/ShortcutHelp.vue': async () => {
    await onList();
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog').getByText('Résoudre et passer au suivant')).toBeVisible();
  },
  'features/account/components/AddFactorDialog.vue': async () => {
    await onAccount();
    await button('Ajouter un appareil');
  },
  'features/account/components/EndSessionsDialog.vue': async () => {
    await onAccount();
    await button(/^Fermer la session/);
  },
  'features/account/components/RecoveryCodesDialog.vue': async () => {
    await onAccount();
    await button(/^Créer (des|de nouveaux) codes/);
  },
  'features/account/components/RemoveFactorDialog.vue': async () => {
    await onAccount();
    await menu('Actions pour Tablette', 'Retirer');
  },
  'features/account/components/RenameFactorDialog.vue': async () => {
    await onAccount();
    await menu('Actions pour Tablette', 'Renommer');
  },
  'features/alerts/components/AlertList.vue': async () => {
    await onList();
    await button(/^Alertes/);
  },
  'features/analytics/components/MetricRowsDrawer.vue': async () => {
    await visit(page, '/?rows=mrr');
    await expect(page.getByRole('dialog').getByText(/somme/)).toBeVisible();
  },
  'features/audit/components/AuditDrawer.vue': async () => {
    await visit(page, '/audit');
    await page.locator('tr[data-row]').first().getByRole('button').first().click();
  },
  'features/billing/health/components/EventDrawer.vue': async () => {
    await visit(page, '/stripe');
    await page.locator('tr[data-row]').first().getByRole('button').first().click();
  },
  'features/billing/health/components/SetAsideDialog.vue': async () => {
    // Nothing of the demo fails. What Stripe sent is still on its way: the drawer is hidden loading, too.
    await page.route(/\/rest\/v1\/stripe_events\?/, async (route) => {
      if (route.request().url().includes('select=payload')) return;
      const response = await route.fetch();
      const events = (await response.json()) as object[];
      const failed = { status: 'failed', error: 'Erreur de Stripe', next_attempt_at: new Date().toISOString() };
      await route.fulfill({
        response,
        json: Array.isArray(events) ? events.map((one) => ({ ...one, ...failed })) : events,
      });
    });
    await visit(page, '/stripe?q=invoice.');
    await page.locator('tr[data-row]').first().getByRole('button').first().click();
    await button('Classer sans suite');
    await isOver('Classer l’événement sans suite');
  },
  'features/billing/payments/components/RefundDialog.vue': async () => {
    await listOf(page, 'paiements', healthy.email);
    await menu(`Actions du paiement de ${healthy.email}`, 'Rembourser');
  },
  'features/billing/payments/components/StopFraudDialog.vue': async () => {
    await suspectFraud(healthy.email);
    await listOf(page, 'paiements', healthy.email);
    await button('Rembourser et révoquer');
  },
  'features/billing/subscriptions/components/SubscriptionDrawer.vue': () =>
    visit(page, `/abonnements?subscription=${healthy.id}`),
  'features/billing/subscriptions/components/dialogs/CancelDialog.vue': () => onSubscription('Résilier'),
  'features/billing/subscriptions/components/dialogs/ChangePlanDialog.vue': async () => {
    await onSubscription('Changer de plan');
    await page.getByRole('dialog').getByRole('radio', { disabled: false }).last().click();
    await expect(page.getByRole('dialog').getByText('Dû maintenant')).toBeVisible();
  },
  'features/billing/subscriptions/components/dialogs/CheckoutDialog.vue': () => visit(page, '/abonnements?new=1'),
  'features/billing/subscriptions/components/dialogs/CouponDialog.vue': () => onSubscription('Appliquer un coupon'),
  'features/billing/subscriptions/components/dialogs/LinkLicenseDialog.vue': async () => {
    // All of the demo have their licence.
    await page.route('**/rest/v1/rpc/search_subscriptions', async (route) => {
      const response = await route.fetch();
      const found = (await response.json()) as { rows: Array<{ actions: object }> };
      const rows = found.rows.map((row) => ({
        ...row,
        license_id: null,
        actions: { ...row.actions, link_license: null },
      }));
      await route.fulfill({ response, json: { ...found, rows } });
    });
    await listOf(page, 'abonnements', healthy.email);
    // What the console still knows of the list is shown until the answer comes.
    await expect(async () => {
      await page.keyboard.press('Escape');
      await page
        .getByRole('button', { name: `Actions de l’abonnement de ${healthy.email}` })
        .first()
        .click();
      await expect(page.getByRole('menuitem', { name: 'Rattacher à une licence' })).toBeVisible({ timeout: 1_000 });
    }).toPass();
    await page.getByRole('menuitem', { name: 'Rattacher à une licence' }).click();
    await expect(page.getByRole('dialog').getByText('Choisir une licence')).toBeVisible();
  },
  'features/billing/subscriptions/components/dialogs/PortalDialog.vue': () => onSubscription('Portail client'),
  'features/billing/subscriptions/components/dialogs/RemindDialog.vue': async () => {
    await visit(page, '/abonnements');
    await button('Envoyer les rappels');
  },
  'features/billing/subscriptions/components/dialogs/RetryDialog.vue': async () => {
    await visit(page, '/abonnements?attention=failed');
    await button('Réessayer');
  },
  'features/billing/subscriptions/components/dialogs/SimpleActionDialog.vue': () =>
    onSubscription('Annuler la résiliation', ending.email),
  'features/customers/components/EditCustomerDialog.vue': () => onCustomer(license, 'Modifier'),
  'features/customers/components/ForgetDialog.vue': () => onCustomer(gone, 'Oublier ce client'),
  'features/imports/components/UndoImportDialog.vue': async () => {
    await importFile([`${unique()}@exemple.fr,HWID-${unique()},starter`]);
    await button('Importer 1 licence');
    await button('Annuler l’import');
  },
  'features/licenses/components/ChangePlanDialog.vue': () => onLicense('Changer de plan'),
  'features/licenses/components/CreateLicenseSlideover.vue': () => visit(page, '/licences?new=1'),
  'features/licenses/components/DeleteDialog.vue': () => onLicense('Supprimer'),
  'features/licenses/components/ExtendDialog.vue': () => onLicense('Prolonger'),
  'features/licenses/components/LoginAsDialog.vue': async () => {
    await onLicense('Se connecter en tant que');
    await expect(page.getByRole('dialog').getByText('Personne ne s’est encore connecté')).toBeVisible();
  },
  'features/licenses/components/RenewKeyDialog.vue': () => onLicense('Remplacer la clé'),
  // With what becomes of the subscription, and the mail.
  'features/licenses/components/RevokeDialog.vue': async () => {
    await visit(page, `/licences/${healthy.license_id}`);
    await menu(`Actions pour ${healthy.email}`, 'Révoquer');
    await page.getByRole('radio', { name: 'Résilier maintenant' }).click();
    await page.getByRole('radio', { name: 'Une partie' }).click();
    await page.getByText('Prévenir le client').click();
    await expect(page.getByText('Votre abonnement est résilié')).toBeVisible();
  },
  'features/licenses/components/SuspendDialog.vue': () => onLicense('Suspendre'),
  'features/licenses/components/SendKeyDialog.vue': () => onLicense('Renvoyer la clé'),
  'features/licenses/components/TransferDialog.vue': () => onLicense('Transférer'),
  'features/licenses/components/TransferToCheckDialog.vue': async () => {
    expect(await checkLicense(license.license_key, `HWID-${unique()}`)).toMatchObject({ code: 'HWID_MISMATCH' });
    await visit(page, `/licences/${license.id}?tab=checks`);
    await button('Transférer vers cette machine');
  },
  'features/logs/components/GroupDrawer.vue': onGroup,
  'features/logs/components/IgnoreGroupDialog.vue': async () => {
    await onGroup();
    await page.getByRole('dialog').getByRole('button', { name: 'État' }).click();
    await page.getByRole('menuitem', { name: 'Ignorer' }).click();
    await isOver('Ignorer le groupe');
    await page.getByRole('radio', { name: 'Jusqu’à un moment' }).click();
  },
  'features/logs/components/LogDetail.vue': onLine,
  'features/logs/components/LogSourcesDialog.vue': async () => {
    await visit(page, '/logs');
    await button('Sources');
  },
  'features/logs/components/LogTicketDialog.vue': async () => {
    await onLine();
    await page.getByRole('dialog').getByRole('button', { name: 'Ouvrir un ticket' }).click();
    await isOver('Ouvrir un ticket');
  },
  'features/logs/exports/LogExports.vue': async () => {
    const source = await reportLines(license, [{ level: 'error', message: 'Session perdue' }]);
    await visit(page, `/logs?q=${encodeURIComponent(`source:${source}`)}`);
    await button('Exporter');
    await page.getByRole('dialog').getByRole('button', { name: 'Préparer le fichier' }).click();
    await expect(page.getByRole('dialog').getByText('Prêt', { exact: true }).first()).toBeVisible({ timeout: 30_000 });
  },
  'features/logs/rules/LogRulesPage.vue': async () => {
    await onRule();
    await menu(`Actions pour ${RULE}`, 'Supprimer');
  },
  'features/logs/rules/RuleDialog.vue': async () => {
    await visit(page, '/logs/alertes?new=level:error');
    await expect(page.getByRole('dialog').getByText(/déclenchée/)).toBeVisible();
  },
  'features/logs/rules/RuleFirings.vue': async () => {
    await onRule();
    await button(RULE);
  },
  'features/risks/components/NoteContactDialog.vue': async () => {
    await visit(page, '/a-risque');
    await button('J’ai contacté');
  },
  'features/reports/components/ReportDialog.vue': async () => {
    await visit(page, '/rapports');
    await button('Nouveau rapport');
  },
  'features/reports/components/ReportPreview.vue': async () => {
    await visit(page, '/rapports');
    await button(/^Aperçu de/);
    await expect(page.getByRole('dialog').getByRole('heading', { name: 'Chiffres' })).toBeVisible();
  },
  'features/reports/pages/ReportsPage.vue': async () => {
    await visit(page, '/rapports');
    await button(/^Supprimer «/);
  },
  'features/staff/components/InviteDialog.vue': () => visit(page, '/equipe?invite=1'),
  'features/staff/components/StaffActionDialog.vue': async () => {
    await visit(page, `/equipe?q=${encodeURIComponent(colleague.email)}`);
    await menu('Actions pour Test support', 'Changer le rôle');
  },
  'features/support/components/BulkMergeDialog.vue': () => onTickets('Fusionner'),
  'features/support/components/BulkTagsDialog.vue': () => onTickets('Étiquettes'),
  'features/support/components/EditTicketDialog.vue': () => onTicket('Objet et étiquettes'),
  'features/support/components/MergeDialog.vue': () => onTicket('Fusionner'),
  'features/support/components/NewTicketDialog.vue': async () => {
    await visit(page, `/licences/${license.id}?tab=tickets`);
    await button('Nouveau ticket');
  },
  'features/support/components/TemplatesDialog.vue': async () => {
    await visit(page, `/support?folder=all&ticket=${ticket.number}`);
    await button('Gérer les modèles');
  },
  'features/support/components/TicketImage.vue': async () => {
    const number = await writeFromProduct(license, 'Capture', 'Voyez la capture.');
    await visit(page, `/support?folder=all&ticket=${number}`);
    const picture = page.getByRole('button', { name: 'Agrandir capture.png' });
    await expect(picture.locator('img')).toBeVisible({ timeout: 40_000 });
    await picture.click();
  },
  'features/support/components/settings/AssignmentDialog.vue': () => onSettings('Modifier : Attribution automatique'),
  'features/support/components/settings/CalendarDialog.vue': () => onSettings('Modifier : Bureau'),
  'features/support/components/settings/DeleteCalendarDialog.vue': () => onSettings('Supprimer : Bureau'),
  'features/support/components/settings/HolidaysDialog.vue': () => onSettings('Jours fériés : Bureau'),
  'features/support/components/settings/MemberDialog.vue': () => onSettings('Modifier : Test support'),
  'features/support/components/settings/PolicyDialog.vue': () => onSettings('Modifier : Haute'),
  'shared/components/SaveViewDialog.vue': async () => {
    await visit(page, '/licences?q=exemple');
    await button(/^(Vues|Vue )/);
    await page.getByRole('menuitem', { name: 'Enregistrer la vue' }).click();
  },
  // The last: its import is never answered, and it asks whoever leaves the page.
  'features/imports/pages/ImportPage.vue': async () => {
    await importFile([`${unique()}@exemple.fr,HWID-${unique()},starter`]);
    await expect(page.getByRole('button', { name: 'Importer 1 licence' })).toBeVisible();
    await page.route('**/rest/v1/rpc/import_licenses', () => undefined);
    await button('Importer 1 licence');
    await page.getByRole('link', { name: 'Clients' }).first().click();
  },
};

test('every dialog, drawer and panel has a way to be opened here', () =>
  expect(Object.keys(OPEN).sort()).toEqual(FOUND.sort()));

for (const [path, open] of Object.entries(OPEN))
  test(`${path}: readable by everybody, light and wide, dark and narrow`, async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
    await open();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toBeVisible();
    await expect(dialog.locator('[aria-busy="true"]')).toHaveCount(0);
    const faults = await accessibilityFaults(page, '[role="dialog"]');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 390, height: 844 });
    await expect(dialog).toBeVisible();
    faults.push(...(await accessibilityFaults(page, '[role="dialog"]')));
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 0) faults.push(`${over} px too wide`);
    expect(faults).toEqual([]);
  });
