import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Plugin } from 'vite';

type Messages = { [key: string]: string | Messages };

const PREFIX = 'virtual:feature-labels/';
const NAMED = /(?:label|title)Key:\s*'([\w.]+)'/g;

/** The messages a module names in its menu, titles and actions, nested as they were. */
export function pickLabels(moduleSource: string, feature: string, messages: Messages): Messages {
  const picked: Messages = {};
  for (const [, key = ''] of moduleSource.matchAll(NAMED)) {
    const [owner, ...path] = key.split('.');
    if (owner !== feature) continue;
    let from: string | Messages | undefined = messages;
    let to = picked;
    for (const [index, part] of path.entries()) {
      from = typeof from === 'object' ? from[part] : undefined;
      if (from === undefined) break;
      if (index === path.length - 1) to[part] = from;
      else to = (to[part] ??= {}) as Messages;
    }
  }
  return picked;
}

/**
 * `virtual:feature-labels/<language>`: what the shell says of each feature before its pages are loaded. Only these
 * few labels weigh on the first page; the rest of a feature's messages comes with its pages.
 */
export function featureLabels(root: string): Plugin {
  const features = join(root, 'src', 'features');
  return {
    name: 'feature-labels',
    resolveId: (source) => (source.startsWith(PREFIX) ? `\0${source}` : null),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return null;
      const language = id.slice(PREFIX.length + 1);
      const labels: Messages = {};
      for (const module of readdirSync(features, { recursive: true, encoding: 'utf8' })) {
        if (basename(module) !== 'module.ts') continue;
        const folder = join(features, dirname(module));
        const file = join(folder, 'locales', `${language}.json`);
        if (!existsSync(file)) continue;
        const feature = basename(folder);
        this.addWatchFile(join(folder, 'module.ts'));
        this.addWatchFile(file);
        labels[feature] = pickLabels(
          readFileSync(join(folder, 'module.ts'), 'utf8'),
          feature,
          JSON.parse(readFileSync(file, 'utf8')) as Messages,
        );
      }
      return `export default ${JSON.stringify(labels)}`;
    },
  };
}
