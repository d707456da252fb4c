import { build, type Plugin } from 'esbuild';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { HomeError } from '../../errors.ts';
import type { FunctionConfig } from '../../project.ts';

/** What the import map names becomes the package it stands for, which the runtime fetches itself. */
function importMapPlugin({ name, importMap }: FunctionConfig): Plugin {
  const map = importMap ? (JSON.parse(readFileSync(importMap, 'utf8')) as { imports?: Record<string, string> }) : {};
  const imports = new Map(Object.entries(map.imports ?? {}));
  return {
    name: 'import-map',
    setup(esbuild) {
      esbuild.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
        if (kind === 'entry-point') return undefined;
        const target = imports.get(path) ?? path;
        if (/^(npm|jsr|node|https):/.test(target)) return { path: target, external: true };
        return { errors: [{ text: `"${path}", imported by ${name}, is neither in its import map nor a package` }] };
      });
    },
  };
}

/**
 * Writes each function as `<folder>/<name>/index.ts`, which imports packages and nothing else. Replaces what an
 * earlier run wrote. → the files
 */
export async function bundleFunctions(functions: FunctionConfig[], folder: string): Promise<string[]> {
  rmSync(folder, { recursive: true, force: true });
  return Promise.all(
    functions.map(async (item) => {
      const outfile = join(folder, item.name, 'index.ts');
      try {
        await build({
          entryPoints: [item.entrypoint],
          outfile,
          bundle: true,
          format: 'esm',
          platform: 'neutral',
          target: 'esnext',
          charset: 'utf8',
          logLevel: 'silent',
          plugins: [importMapPlugin(item)],
        });
      } catch (cause) {
        throw new HomeError('BUNDLE_FAILED', `Bundling ${item.name} failed: ${(cause as Error).message}`, { cause });
      }
      return outfile;
    }),
  );
}
