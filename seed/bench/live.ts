import { chromium } from 'playwright';
import { findChromium } from '@whatautosys/local/bin/chromium';
import { signIn } from './as-staff.ts';
import { distribution } from './measure.ts';
import type { Finding } from './report.ts';
import type { Target } from './target.ts';

const changes = 60;

/** From the moment one person asks for a change to the moment another's browser shows it. */
export async function benchLive(home: Target): Promise<Finding> {
  const [author, watcher] = [await signIn(home, 'admin'), await signIn(home, 'viewer')];
  const { data: found } = await author
    .from('licenses')
    .select('id, email')
    .is('revoked_at', null)
    .order('created_at', { ascending: false })
    .limit(1);
  const license = found![0] as { id: string; email: string };
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run', '--disable-sync'],
  });
  try {
    const session = JSON.stringify((await watcher.auth.getSession()).data.session);
    const name = `sb-${new URL(home.apiUrl).hostname.split('.')[0]}-auth-token`;
    const page = await browser.newPage({
      storageState: { cookies: [], origins: [{ origin: home.consoleUrl, localStorage: [{ name, value: session }] }] },
    });
    await page.goto(`${home.consoleUrl}/licences?q=${encodeURIComponent(license.email)}`);
    const row = page.getByRole('row').filter({ hasText: license.email }).first();
    await row.waitFor();
    await page.getByText('En direct').waitFor();
    await row.evaluate((element) => {
      const record = window as unknown as { changedAt: number };
      record.changedAt = 0;
      new MutationObserver(() => (record.changedAt = Date.now())).observe(element.closest('table')!, {
        subtree: true,
        characterData: true,
        childList: true,
      });
    });
    const latencies: number[] = [];
    for (let change = 0; change < changes; change += 1) {
      const before = await row.textContent();
      const askedAt = Date.now();
      const { error } = await author.rpc('extend_license', { license_id: license.id, days: 1, reason: 'Benchmark' });
      if (error) throw error;
      await page.waitForFunction(
        ({ text, email }) => {
          const shown = [...document.querySelectorAll('tr')].find((element) => element.textContent?.includes(email));
          return shown !== undefined && shown.textContent !== text;
        },
        { text: before, email: license.email },
        { polling: 'raf' },
      );
      latencies.push((await page.evaluate(() => (window as unknown as { changedAt: number }).changedAt)) - askedAt);
    }
    const { p50, p95 } = distribution(latencies);
    return {
      name: 'change seen in a second browser, p95',
      measured: `${p95.toFixed(0)} ms (p50 ${p50.toFixed(0)} ms)`,
      target: '≤ 300 ms',
      met: p95 <= 300,
    };
  } finally {
    await browser.close();
  }
}
