import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type BrowserContext, expect, type Page, type Route, test } from 'playwright/test';
import { accessibilityFaults } from './accessibility.ts';
import { newLicense } from './licenses.ts';
import { reportLines } from './logs.ts';
import { scoreRisks } from './risks.ts';
import { isLive } from './subscriptions.ts';
import { contextOf, control, sharedAdmin, type Member, visit, watchForTrouble } from './support.ts';

const src = join(import.meta.dirname, '../src');
/** What a key no translation was found for begins with. */
const NAMESPACES = [
  ...['base', 'shared', 'app'].flatMap((floor) =>
    Object.keys(JSON.parse(readFileSync(join(src, floor, 'locales/fr.json'), 'utf8')) as object),
  ),
  ...readdirSync(join(src, 'features'), { recursive: true, encoding: 'utf8' })
    .filter((path) => basename(path) === 'locales')
    .map((path) => basename(dirname(path))),
];

/** Every page inside the shell, as the features declare them. */
const ROUTES = readdirSync(join(src, 'features'), { recursive: true, encoding: 'utf8' })
  .filter((path) => basename(path) === 'module.ts')
  .map((path) => readFileSync(join(src, 'features', path), 'utf8'))
  .filter((source) => !source.includes('entryRoutes'))
  .flatMap((source) => [...source.matchAll(/path: '([^']*)',\s+name: '([^']+)'/g)])
  .map(([, path = '', name = '']) => ({ path, name }));

interface State {
  width: 1440 | 390;
  scheme: 'light' | 'dark';
  language: 'fr' | 'en';
}
// One change at a time, for each lays the page out anew; the last is how the next page is first shown.
const STATES: State[] = [
  { width: 390, scheme: 'light', language: 'fr' },
  { width: 390, scheme: 'dark', language: 'fr' },
  { width: 390, scheme: 'dark', language: 'en' },
  { width: 390, scheme: 'light', language: 'en' },
  { width: 1440, scheme: 'light', language: 'en' },
  { width: 1440, scheme: 'dark', language: 'en' },
  { width: 1440, scheme: 'dark', language: 'fr' },
  { width: 1440, scheme: 'light', language: 'fr' },
];

// Page by page over both workers.
test.describe.configure({ mode: 'parallel' });

let admin: Member;
let licenseId: string;
/** Of a client that has lines in the log, and their source. */
let logged: { id: string; source: string };
/** Of one that reported its use. */
let usedId: string;
let subscription: { id: string; license_id: string; customer_id: string };
const contexts: BrowserContext[] = [];

test.beforeAll(async () => {
  admin = await sharedAdmin();
  const used = await admin.client.from('usage_stats').select('license_id').order('date', { ascending: false }).limit(1);
  usedId = used.data![0]!.license_id as string;
  // Of the demo data, paid by hand: nothing renews it.
  const { data, error } = await admin.client.rpc('search_licenses', {
    query: 'example.org',
    statuses: ['active'],
    page_size: 200,
  });
  if (error) throw error;
  licenseId = (data as { rows: { id: string; payment_method: string }[] }).rows.find(
    ({ payment_method }) => payment_method === 'bank_transfer',
  )!.id;
  const license = await newLicense(admin);
  const frames = ['Error: connect ECONNREFUSED', '    at baileys.connect (baileys.js:142:11)'];
  const source = await reportLines(license, [
    {
      level: 'error',
      message: `Connexion perdue ${'x'.repeat(300)}`,
      stack: frames.join('\n'),
      context: { attempt: 3 },
    },
    { level: 'warning', message: 'Rate limit approaching: 8750/10000 requests' },
    { level: 'info', message: 'Session ouverte' },
    { level: 'debug', message: 'Ping' },
    { message: '<b>Sans niveau</b>' },
  ]);
  logged = { id: license.id, source };
  const { data: oldest, error: unread } = await admin.client.rpc('search_subscriptions', {
    statuses: ['active'],
    sort: 'created_at',
    descending: false,
    page_size: 2,
  });
  if (unread) throw unread;
  const [healthy, failing] = (
    oldest as { rows: { id: string; license_id: string; customer_id: string; stripe_customer_id: string }[] }
  ).rows;
  subscription = healthy!;
  await control('failNext', failing!.stripe_customer_id, 'insufficient_funds');
  await control('advanceCustomer', failing!.stripe_customer_id, 'next_invoice');
  await scoreRisks();
  await expect.poll(async () => (await admin.client.rpc('count_unread_alerts')).data).toBeGreaterThan(0);
});
test.afterAll(async () => {
  for (const context of contexts) {
    for (const page of context.pages()) await page.unrouteAll({ behavior: 'wait' });
    await context.close();
  }
});

/** Changes width, colours and language of the page as it stands, as a person would: nothing is loaded again. */
async function put(page: Page, { language, width, scheme }: State): Promise<void> {
  await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
  await page.evaluate((newValue) => {
    const key = 'whatautosys.language';
    localStorage.setItem(key, newValue);
    dispatchEvent(new StorageEvent('storage', { key, newValue, storageArea: localStorage }));
  }, language);
  await expect(page.locator(`html[lang="${language}"]`)).toHaveCount(1);
  await expect(page.locator('html.dark')).toHaveCount(scheme === 'dark' ? 1 : 0);
}

/**
 * What no page may show: a translation key, anything wider than the window and, once in either colours and at either
 * width, an accessibility failure.
 */
async function faults(page: Page, { language, width, scheme }: State): Promise<string[]> {
  const found = await page.evaluate(
    async ({ spaces }) => {
      // Two frames: the new width and words are laid out.
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      const found: string[] = [];
      const key = new RegExp(String.raw`^(${spaces})(\.[a-z0-9_]+)+$`);
      for (const element of document.querySelectorAll('body *')) {
        const own = [...element.childNodes]
          .filter((node) => node.nodeType === Node.TEXT_NODE)
          .map((node) => node.textContent ?? '');
        const said = ['aria-label', 'title', 'placeholder', 'alt'].map((name) => element.getAttribute(name) ?? '');
        for (const text of [...own, ...said]) if (key.test(text.trim())) found.push(`raw key: ${text.trim()}`);
      }
      const over = document.documentElement.scrollWidth - innerWidth;
      if (over > 0) found.push(`${over} px too wide`);
      return found;
    },
    { spaces: NAMESPACES.join('|') },
  );
  const isLookedAtByAxe = language === 'fr' && (width === 1440) === (scheme === 'light');
  return isLookedAtByAxe ? [...found, ...(await accessibilityFaults(page))] : found;
}

/** Another spec lets Stripe be down for one request of its own. */
async function askUntilStripeIsUp(route: Route): Promise<void> {
  let response = await route.fetch();
  while (response.status() === 503) response = await route.fetch();
  await route.fulfill({ response });
}

async function expectGoodLooks(
  page: Page,
  trouble: string[],
  path: string,
  ready: (page: Page) => Promise<unknown>,
): Promise<void> {
  await visit(page, path);
  await ready(page);
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
  const found: Record<string, string[]> = {};
  for (const state of STATES) {
    await put(page, state);
    const faulty = await faults(page, state);
    if (faulty.length) found[`${state.width} ${state.scheme} ${state.language}`] = faulty;
  }
  expect(found).toEqual({});
  expect(trouble).toEqual([]);
}

function watch(page: Page): string[] {
  const trouble = watchForTrouble(page);
  page.on('console', (message) => message.type() === 'error' && trouble.push(`console: ${message.text()}`));
  return trouble;
}

const heading = (name: string) => (page: Page) => expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
const tab = (name: string) => (page: Page) => expect(page.getByRole('tab', { name, selected: true })).toBeVisible();

test.describe('inside', () => {
  let page: Page;
  let trouble: string[];
  test.beforeAll(async ({ browser }) => {
    const context = await contextOf(browser, admin);
    contexts.push(context);
    page = await context.newPage();
    trouble = watch(page);
    await page.route('**/functions/v1/stripe-action', askUntilStripeIsUp);
    // What a busy machine takes for a console's first page is no matter of looks.
    await visit(page, '/licences');
    await isLive(page);
  });
  const pages: [string, () => string, (page: Page) => Promise<unknown>][] = [
    [
      'a filter that finds nothing',
      () => '/licences?q=zzzzzzzz',
      (page) => expect(page.getByText('Aucune licence ne correspond')).toBeVisible(),
    ],
    ['a new licence', () => '/licences?new=1', (page) => expect(page.getByRole('dialog')).toBeVisible()],
    [
      'a licence',
      () => `/licences/${licenseId}`,
      (page) => expect(page.getByText('La licence s’arrête')).toBeVisible(),
    ],
    [
      'its activity',
      () => `/licences/${licenseId}?tab=activity`,
      (page) => expect(page.getByText('Licence créée')).toBeVisible(),
    ],
    [
      'its payments',
      () => `/licences/${subscription.license_id}?tab=payments`,
      (page) => expect(page.getByText('Revenu à ce jour')).toBeVisible(),
    ],
    [
      'a subscription',
      () => `/abonnements?subscription=${subscription.id}`,
      (page) => expect(page.getByRole('dialog').getByText('Prochaine facture, le')).toBeVisible(),
    ],
    [
      'a new payment link',
      () => '/abonnements?new=1',
      (page) => expect(page.getByRole('dialog').getByText('HWID (facultatif)')).toBeVisible(),
    ],
    [
      'the payments',
      () => '/paiements',
      (page) => expect(page.getByRole('figure').locator('svg.apexcharts-svg')).toBeVisible(),
    ],
    [
      'lines of the log',
      () => `/logs?q=${encodeURIComponent(`source:${logged.source}`)}`,
      async (page) => {
        await expect(page.locator('[data-lines]').getByRole('button')).toHaveCount(5);
        await expect(page.getByRole('figure').locator('svg.apexcharts-svg')).toBeVisible();
      },
    ],
    [
      'groups of the log',
      () => '/logs?view=groups',
      (page) => expect(page.locator('[data-group]', { hasText: logged.source }).first()).toBeVisible(),
    ],
    [
      'the log of a licence',
      () => `/licences/${logged.id}?tab=logs`,
      (page) => expect(page.locator('[data-lines]').getByRole('button')).toHaveCount(5),
    ],
    ['the health of Stripe', () => '/stripe', tab('Événements')],
    [
      'the payments of a customer',
      () => `/clients/${subscription.customer_id}?tab=payments`,
      (page) => expect(page.getByText('Revenu à ce jour')).toBeVisible(),
    ],
    [
      'what happened to a customer',
      () => `/clients/${subscription.customer_id}?tab=activity`,
      (page) => expect(page.getByRole('list', { name: 'Activité' }).getByRole('listitem').first()).toBeVisible(),
    ],
    [
      'the use of a licence',
      () => `/licences/${usedId}?tab=usage`,
      async (page) => {
        await expect(page.getByRole('heading', { name: 'Fonctionnalités utilisées' })).toBeVisible();
        await expect(page.getByRole('figure').locator('svg.apexcharts-svg')).toBeVisible();
      },
    ],
    [
      'the first page with its charts',
      () => '/?months=12',
      (page) => expect(page.getByRole('figure').locator('svg.apexcharts-svg')).toHaveCount(2),
    ],
    [
      'the rows of a figure',
      () => '/?rows=mrr',
      (page) => expect(page.getByRole('dialog').getByText(/somme/)).toBeVisible(),
    ],
    [
      'who may leave',
      () => '/a-risque',
      async (page) => {
        await expect(page.locator('[data-risk]').first()).toBeVisible();
        await expect(page.getByText('Départs annoncés')).toBeVisible();
      },
    ],
    ['the differences from Stripe', () => '/stripe?tab=drifts', tab('Écarts')],
    ['the synchronisations with Stripe', () => '/stripe?tab=syncs', tab('Synchronisations')],
    ['the figures restated', () => '/stripe?tab=restated', tab('Chiffres révisés')],
    [
      'the alerts',
      () => '/licences',
      async (page) => {
        await heading('Licences')(page);
        await page.getByRole('button', { name: /^Alertes : / }).click();
        await expect(page.getByRole('dialog').getByText('Échec de paiement').first()).toBeVisible();
      },
    ],
    [
      'a page that does not exist',
      () => '/nulle-part',
      (page) => expect(page.getByText('Cette page n’existe pas')).toBeVisible(),
    ],
  ];
  /** Whose page is looked at, for routes of one record. */
  const RECORDS: Record<string, () => string> = {
    license: () => licenseId,
    customer: () => subscription.customer_id,
  };
  test('every page of one record has a record to be looked at with', () =>
    expect(ROUTES.filter(({ path, name }) => path.includes(':') && !RECORDS[name])).toEqual([]));
  for (const { path, name } of ROUTES)
    test(`page ${name}: wide and narrow, light and dark, in French and English`, () =>
      expectGoodLooks(page, trouble, `/${path.replace(/:\w+/, () => RECORDS[name]?.() ?? '')}`, (shown) =>
        expect(shown.getByRole('heading', { level: 1 })).toBeVisible(),
      ));
  for (const [name, path, ready] of pages)
    test(`${name}: wide and narrow, light and dark, in French and English`, () =>
      expectGoodLooks(page, trouble, path(), ready));
});

test.describe('the way in', () => {
  const pages: [string, string, string][] = [
    ['sign-in', '/login', 'Connexion'],
    ['a forgotten password', '/login/forgot', 'Mot de passe oublié'],
    ['an invitation', '/login/confirm?type=invite&token_hash=none', 'Votre invitation'],
    ['a recovery', '/login/confirm?type=recovery&token_hash=none', 'Choisir un mot de passe'],
    ['an invitation without its token', '/login/confirm?type=invite', 'Ce lien n’est plus valide'],
    ['a link used up', '/login/reset', 'Ce lien n’est plus valide'],
  ];
  for (const [name, path, title] of pages)
    test(`${name}: wide and narrow, light and dark, in French and English`, ({ page }) =>
      expectGoodLooks(page, watch(page), path, heading(title)));
});
