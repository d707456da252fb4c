import { parseArgs } from 'node:util';
import { benchCustomer } from './customer.ts';
import { benchImport } from './import.ts';
import { benchLicenseCheck } from './license-check.ts';
import { benchLive } from './live.ts';
import { benchLogExport } from './log-export.ts';
import { benchLogs } from './logs.ts';
import { benchLogBlocks } from './log-blocks.ts';
import { benchLogTail } from './log-tail.ts';
import { benchMailIn } from './mail-in.ts';
import { benchMetrics } from './metrics.ts';
import { type Finding, printFindings } from './report.ts';
import { benchSearch } from './search.ts';
import { benchTickets } from './tickets.ts';
import { benchStripeWebhook } from './stripe-webhook.ts';
import { benchStripeSync } from './stripe-sync.ts';
import { startTarget } from './target.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    licenses: { type: 'string', default: '100000' },
    tickets: { type: 'string', default: '100000' },
    payments: { type: 'string', default: '1000000' },
    usage: { type: 'string', default: '3000000' },
    lines: { type: 'string', default: '300000' },
    days: { type: 'string', default: '30' },
    seconds: { type: 'string', default: '60' },
    subscriptions: { type: 'string', default: '10000' },
    data: { type: 'string' },
  },
});
const target = await startTarget(Number(process.env.WA_PORT_BASE ?? 21_300), values.data);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void target.stop().then(() => process.exit(130)));
try {
  const benchmarks: Record<string, () => Promise<Finding[]>> = {
    live: async () => [await benchLive(target)],
    check: () => benchLicenseCheck(target),
    import: async () => [await benchImport(target)],
    sync: () => benchStripeSync(target, Number(values.subscriptions)),
    // After the reconciliation: its subscriptions are in the mirror alone, which differs from Stripe.
    webhook: () => benchStripeWebhook(target),
    'mail-in': () => benchMailIn(target),
    customer: () => benchCustomer(target),
    search: () => benchSearch(target, Number(values.licenses)),
    metrics: () =>
      benchMetrics(target, {
        licenses: Number(values.licenses),
        payments: Number(values.payments),
        usageDays: Number(values.usage),
      }),
    logs: () => benchLogs(target, Number(values.lines), Number(values.seconds)),
    'log-blocks': () => benchLogBlocks(target, Number(values.days)),
    'log-tail': () => benchLogTail(target, Number(values.seconds)),
    'log-export': () => benchLogExport(target, Number(values.lines)),
    tickets: () => benchTickets(target, Number(values.tickets)),
  };
  for (const [name, run] of Object.entries(benchmarks)) {
    if (values.only && !values.only.includes(name)) continue;
    printFindings(await run());
  }
} finally {
  await target.stop();
}
