// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, loadConfigFromFile, type PluginOption } from 'vite';
import { expect, it } from 'vitest';

const web = join(import.meta.dirname, '..');
const templates = join(web, '../supabase/templates');

/** The console's own settings, of whose plugins this one alone. */
async function ownPlugin(): Promise<PluginOption> {
  const environment = { command: 'build', mode: 'production' } as const;
  const loaded = await loadConfigFromFile(environment, join(web, 'vite.config.ts'), web, 'silent', undefined, 'runner');
  return loaded!.config.plugins!.find((one) => one && 'name' in one && one.name === 'mail-templates');
}

it('a build has the templates of the mails under mail/, as they are', async () => {
  const entry = {
    name: 'entry',
    resolveId: (id: string) => (id === 'entry' ? id : null),
    load: (id: string) => (id === 'entry' ? 'export {}' : null),
  };
  const built = await build({
    root: web,
    configFile: false,
    publicDir: false,
    logLevel: 'silent',
    plugins: [entry, await ownPlugin()],
    build: { write: false, rolldownOptions: { input: 'entry' } },
  });
  const { output } = built as { output: Array<{ type: string; fileName: string; source?: string | Uint8Array }> };
  const mails = output.flatMap(({ fileName, source }) =>
    fileName.startsWith('mail/') ? [[fileName.slice(5), Buffer.from(source!).toString()]] : [],
  );
  const written = readdirSync(templates).map((file) => [file, readFileSync(join(templates, file), 'utf8')]);
  expect(written.length).toBeGreaterThan(5);
  expect(mails.toSorted()).toEqual(written.toSorted());
});
