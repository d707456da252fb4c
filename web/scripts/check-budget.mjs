// What the browser must load before the first page works, from the build's manifest: the entry, the page and all
// they import statically. Fails above the budget.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGET_BYTES = 250_000;
// A page opened from inside finds most of this in the cache; opened from a link it may be this much.
const FURTHER_BUDGET_BYTES = 300_000;
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));

const SIGN_IN = ['index.html', 'src/features/auth/components/AuthLayout.vue', 'src/features/auth/locales/fr.json'];
const SHELL = ['index.html', 'src/app/shell/ConsoleShell.vue'];
/** A page with its messages, and those of other features it speaks with. */
const page = (feature, name, ...speaks) => [
  ...SHELL,
  `src/features/${feature}/pages/${name}.vue`,
  ...[feature, ...speaks].map((each) => `src/features/${each}/locales/fr.json`),
];

const FIRST_PAGES = {
  'sign-in': [...SIGN_IN, 'src/features/auth/pages/LoginPage.vue'],
  licences: page('licenses', 'LicenseListPage'),
  licence: [...page('licenses', 'LicenseDetailPage'), 'src/features/licenses/locales/later/fr.json'],
};
const FURTHER_PAGES = {
  imports: page('imports', 'ImportPage'),
  staff: page('staff', 'StaffPage'),
  audit: page('audit', 'AuditPage'),
  subscriptions: page('billing/subscriptions', 'SubscriptionListPage', 'billing/payments', 'billing/actions'),
  payments: page('billing/payments', 'PaymentListPage', 'billing/actions'),
  'stripe-health': page('billing/health', 'StripeHealthPage', 'billing/actions'),
};

function files(keys) {
  const seen = new Set();
  const visit = (key) => {
    if (seen.has(key)) return;
    const chunk = manifest[key];
    if (!chunk) throw new Error(`"${key}" is not in the build's manifest`);
    seen.add(key);
    for (const next of chunk.imports ?? []) visit(next);
  };
  keys.forEach(visit);
  return [...seen].map((key) => manifest[key].file).filter((file) => file.endsWith('.js'));
}

const size = (file) => gzipSync(readFileSync(new URL(file, dist))).length;
let failed = false;
function check(pages, budget) {
  for (const [name, keys] of Object.entries(pages)) {
    const sizes = files(keys).map((file) => ({ file, bytes: size(file) }));
    const total = sizes.reduce((sum, each) => sum + each.bytes, 0);
    const over = total > budget;
    failed ||= over;
    console.log(
      `${over ? 'FAIL' : 'ok  '} ${name}: ${(total / 1000).toFixed(1)} kB of ${budget / 1000} kB JavaScript (gzip)`,
    );
    if (over || process.argv.includes('--files'))
      for (const { file, bytes } of sizes.sort((a, b) => b.bytes - a.bytes).slice(0, 20))
        console.log(`       ${(bytes / 1000).toFixed(1).padStart(6)} ${file}`);
  }
}
check(FIRST_PAGES, BUDGET_BYTES);
check(FURTHER_PAGES, FURTHER_BUDGET_BYTES);
process.exit(failed ? 1 : 0);
