import { expect, test } from 'playwright/test';
import { contextOf, home, sharedAdmin, visit, watchForTrouble } from './support.ts';

test('every answer carries the headers of a deployment', async ({ request }) => {
  const page = await request.get(`${home.consoleUrl}/licences`);
  const { host, origin } = new URL(home.apiUrl);
  const policy = page.headers()['content-security-policy'] ?? '';
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain(`connect-src 'self' ${origin} ws://${host};`);
  expect(policy).toContain("frame-ancestors 'none'");
  const common = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };
  expect(page.headers()).toMatchObject({ ...common, 'cache-control': 'no-cache' });
  expect(page.headers()['permissions-policy']).toContain('camera=()');

  const script = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())?.[1];
  const asset = await request.get(home.consoleUrl + script);
  expect(asset.headers()).toMatchObject({ ...common, 'cache-control': 'public, max-age=31536000, immutable' });
});

test('the console works under its policy: pages, charts, live rows', async ({ browser }) => {
  const context = await contextOf(browser, await sharedAdmin());
  const page = await context.newPage();
  const trouble = watchForTrouble(page);
  for (const path of ['/', '/licences', '/licences/import', '/audit']) {
    await visit(page, path);
    await expect(page.getByRole('main')).toBeVisible();
  }
  expect(trouble).toEqual([]);
  await context.close();
});

test('what the policy forbids does not happen, and the tests would hear of it', async ({ page }) => {
  const trouble = watchForTrouble(page);
  await page.goto(`${home.consoleUrl}/login`);
  const outcome = await page.evaluate(async () => {
    const script = document.createElement('script');
    script.textContent = 'window.injected = true';
    document.body.append(script);
    const sent = await fetch('http://127.0.0.1:9/').then(
      () => 'sent',
      () => 'refused',
    );
    return ['injected' in window, sent];
  });
  expect(outcome).toEqual([false, 'refused']);
  expect(trouble.filter((line) => line.startsWith('policy:'))).not.toEqual([]);
});

test('nobody frames the console', async ({ page }) => {
  await page.route('**/framing', (route) =>
    route.fulfill({ contentType: 'text/html', body: `<iframe src="${home.consoleUrl}/login"></iframe>` }),
  );
  await page.goto(`${home.mailboxUrl}/framing`);
  await expect
    .poll(() =>
      page
        .frames()[1]
        ?.evaluate(() => document.querySelector('#app') === null)
        .catch(() => true),
    )
    .toBe(true);
  await expect(page.frameLocator('iframe').getByLabel('Adresse e-mail')).toHaveCount(0);
});
