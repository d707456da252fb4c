import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startHome } from '../../supabase/local/home.ts';
import { benchImport } from './import.ts';
import { benchLicenseCheck } from './license-check.ts';
import { benchLive } from './live.ts';
import { type Finding, printFindings } from './report.ts';
import { benchSearch } from './search.ts';

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true }, licenses: { type: 'string', default: '100000' } } });
const dataDir = mkdtempSync(join(tmpdir(), 'whatautosys-bench-'));
const home = await startHome({ portBase: Number(process.env.WA_PORT_BASE ?? 55_300), dataDir, console: 'preview', studio: false, quiet: true });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void home.stop().then(() => process.exit(130)));
try {
  const target = { apiUrl: home.config.urls.api, dbUrl: home.config.db.url, adminUrl: home.config.db.adminUrl };
  const benchmarks: Record<string, () => Promise<Finding[]>> = {
    live: async () => [await benchLive(home)],
    check: () => benchLicenseCheck(target),
    import: async () => [await benchImport(target)],
    search: () => benchSearch(target, Number(values.licenses)),
  };
  for (const [name, run] of Object.entries(benchmarks)) {
    if (values.only && !values.only.includes(name)) continue;
    printFindings(await run());
  }
} finally {
  await home.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
