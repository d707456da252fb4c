import { randomUUID } from 'node:crypto';
import { type BrowserContext, expect, type Locator, type Page, test } from 'playwright/test';
import { accessibilityFaults } from './accessibility.ts';
import { type License, newLicense, unique } from './licenses.ts';
import { contextOf, home, makeMember, type Member, sharedMember, visit, watchForTrouble } from './support.ts';

let admin: Member;
let context: BrowserContext;
let page: Page;
let license: License;
let trouble: string[];
let asked: string[];

test.beforeAll(async ({ browser }) => {
  // One session a person: nobody else's may end it.
  admin = await makeMember('admin');
  license = await newLicense(admin);
  context = await contextOf(browser, admin);
  page = await context.newPage();
  trouble = watchForTrouble(page);
  page.on('request', (request) => (asked ??= []).push(`${request.url()} ${request.postData() ?? ''}`));
});
test.afterEach(() => expect(trouble).toEqual([]));
test.afterAll(() => context.close());

const dialog = (): Locator => page.getByRole('dialog', { name: 'Se connecter en tant que' });
async function begin(reason: string): Promise<string> {
  await visit(page, `/licences/${license.id}`);
  await page.getByRole('button', { name: `Actions pour ${license.email}` }).click();
  await page.getByRole('menuitem', { name: 'Se connecter en tant que' }).click();
  await expect(dialog().getByRole('button', { name: 'Préparer l’accès' })).toBeDisabled();
  await dialog().getByLabel(/Motif/).fill(reason);
  await dialog().getByRole('button', { name: 'Préparer l’accès' }).click();
  const link = dialog().getByRole('link', { name: 'Ouvrir WhatAutosys' });
  return (await link.getAttribute('href'))!;
}

/** What the product on the administrator's PC calls. */
const product = async (name: string, init: RequestInit = {}) => {
  const response = await fetch(`${home.apiUrl}/functions/v1/${name}`, { method: 'POST', ...init });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const redeem = (address: string) =>
  product('client-session', {
    body: JSON.stringify({ token: new URL(address).hash.slice(1), hwid: `ADMIN-${unique()}` }),
  });
const inSession = (session: unknown, name: string, body: object = {}) =>
  product(name, { headers: { authorization: `Bearer ${String(session)}` }, body: JSON.stringify(body) });

test('a reason, an address, the customer’s view, a message in both names, and the end at the next call', async () => {
  const address = await begin('Reproduire l’erreur de QR Code');
  expect(address).toMatch(/^whatautosys:\/\/session#wao_[0-9a-f]{64}$/);
  expect(await accessibilityFaults(page)).toEqual([]);
  // The address is opened by the system, and reaches no server.
  asked = [];
  const link = dialog().getByRole('link', { name: 'Ouvrir WhatAutosys' });
  // The browser's own question, whether to open the program, would stand before the page for good.
  await link.evaluate((element) => element.addEventListener('click', (event) => event.preventDefault()));
  await link.click();
  expect(page.url()).toContain(`/licences/${license.id}`);
  expect(asked.filter((request) => request.includes('wao_'))).toEqual([]);

  const { status, body } = await redeem(address);
  expect(status).toBe(200);
  expect(body['banner']).toMatchObject({
    customer: license.email,
    staff: 'Test admin',
    reason: 'Reproduire l’erreur de QR Code',
  });
  expect(await redeem(address)).toMatchObject({ status: 401, body: { code: 'session_refused' } });
  const { session } = body;
  await expect(dialog().getByText(`Vous êtes connecté en tant que ${license.email}`)).toBeVisible();
  await expect(dialog().getByRole('link', { name: 'Ouvrir WhatAutosys' })).toBeHidden();

  expect((await inSession(session, 'license-check')).body).toMatchObject({ valid: true, code: 'VALID' });
  const written = await inSession(session, 'client-ticket', {
    message: 'Vu avec vous.',
    idempotency_key: randomUUID(),
  });
  expect(written.status).toBe(201);
  expect(await inSession(session, 'client-report', { idempotency_key: 'x' })).toMatchObject({
    status: 403,
    body: { code: 'session_not_allowed' },
  });

  await dialog().getByRole('button', { name: 'Terminer la session de Test admin' }).click();
  await expect(dialog().getByText('L’accès a pris fin')).toBeVisible();
  expect((await inSession(session, 'license-check')).body).toMatchObject({ valid: false, code: 'SESSION_ENDED' });
  expect(await inSession(session, 'client-ticket', { message: 'x', idempotency_key: 'x' })).toMatchObject({
    status: 401,
    body: { code: 'session_ended' },
  });
  await expect(dialog().getByText('terminée par Test admin')).toBeVisible();
  await dialog().getByRole('button', { name: 'Fermer' }).last().click();

  await page.getByRole('tab', { name: 'Activité' }).click();
  for (const said of ['Connexion en tant que client préparée', 'Connecté en tant que client', 'Reproduire l’erreur'])
    await expect(page.getByText(said).first()).toBeVisible();
  await visit(page, `/support?folder=all&ticket=${String(written.body['ticket_number'])}`);
  await expect(page.getByText('écrit par Test admin au nom du client')).toBeVisible();
});

test('a session opens nothing else: not the API, not what staff call', async () => {
  const { body } = await redeem(await begin('Rien d’autre'));
  const headers = { authorization: `Bearer ${String(body['session'])}`, apikey: home.publishableKey };
  for (const path of [
    'rest/v1/licenses?select=id',
    'auth/v1/user',
    'functions/v1/login-as',
    'functions/v1/staff-admin',
  ]) {
    const method = path.startsWith('functions') ? 'POST' : 'GET';
    const init = method === 'POST' ? { body: JSON.stringify({ license_id: license.id, reason: 'x' }) } : {};
    const response = await fetch(`${home.apiUrl}/${path}`, { method, headers, ...init });
    expect([401, 403], path).toContain(response.status);
  }
});

test('what only fetches the address uses nothing up', async () => {
  const address = await begin('Un lien suivi avant l’heure');
  const token = new URL(address).hash.slice(1);
  for (const method of ['GET', 'HEAD'])
    expect((await fetch(`${home.apiUrl}/functions/v1/client-session?token=${token}`, { method })).status).toBe(405);
  expect((await redeem(address)).status).toBe(200);
});

test('the dialog says why it is refused, and support is not offered it', async ({ browser }) => {
  await visit(page, `/licences/${license.id}`);
  await page.getByRole('button', { name: `Actions pour ${license.email}` }).click();
  await page.getByRole('menuitem', { name: 'Se connecter en tant que' }).click();
  await dialog().getByLabel(/Motif/).fill('Trop tard');
  await admin.client.rpc('revoke_license', { license_id: license.id, reason: 'Essai' });
  await dialog().getByRole('button', { name: 'Préparer l’accès' }).click();
  await expect(dialog().getByRole('alert')).toHaveText('Cette licence est révoquée : l’action n’est plus possible.');

  const support = await sharedMember('support');
  const theirs = await contextOf(browser, support);
  const other = await theirs.newPage();
  await visit(other, `/licences/${(await newLicense(admin)).id}`);
  await other.getByRole('button', { name: /^Actions pour/ }).click();
  await expect(other.getByRole('menuitem', { name: 'Prolonger' })).toBeVisible();
  await expect(other.getByRole('menuitem', { name: 'Se connecter en tant que' })).toHaveCount(0);
  await theirs.close();
});
