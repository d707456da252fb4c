import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** Beside the console, under `mail/`: an Auth that reads no `config.toml` fetches its templates from an address. */
export function mailTemplates(folder: string): Plugin {
  return {
    name: 'mail-templates',
    apply: 'build',
    generateBundle() {
      for (const file of readdirSync(folder).filter((name) => name.endsWith('.html')))
        this.emitFile({ type: 'asset', fileName: `mail/${file}`, source: readFileSync(join(folder, file)) });
    },
  };
}
