import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConfigEnv, Plugin, UserConfig } from 'vite';
import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vite.config.ts';

const src = fileURLToPath(new URL('./src', import.meta.url));

/**
 * Test files that cannot share their modules with others: they put something else in a module's place, or say why not
 * in a line that begins with “// Alone: ”. All others share them, which halves what they cost.
 */
export const alone: string[] = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') && /^(?:vi\.mock\(|\/\/ Alone: )/m.test(read(file)))
  .map((file) => `src/${file.replaceAll('\\', '/')}`);

function read(file: string): string {
  return readFileSync(join(src, file), 'utf8');
}

/**
 * Tests look for messages as they are written, with plain spaces; what a build makes of them is tested by itself, and
 * that a build does so is asked for here.
 */
function asWritten(env: ConfigEnv): UserConfig {
  const config = base(env);
  const plugins = config.plugins!.flat() as Plugin[];
  const others = plugins.filter(({ name }) => name !== 'french-messages');
  if (others.length === plugins.length) throw new Error('vite.config.ts gives French messages no no-break spaces');
  return { ...config, plugins: others };
}

export default defineConfig((env) =>
  mergeConfig(asWritten(env), {
    root: fileURLToPath(new URL('.', import.meta.url)),
    test: {
      environment: 'happy-dom',
      setupFiles: ['src/test/setup.ts'],
      // A test that must wait for what is loaded on demand: see until().
      testTimeout: 30_000,
      server: { deps: { inline: ['@nuxt/ui'] } },
      deps: {
        optimizer: {
          client: {
            // The kit's parts are hundreds of small files, read again for every test file: in one piece they load twice
            // as fast.
            enabled: true,
            // What must be the same for tests, kit and application is loaded as it is.
            exclude: [
              'vue',
              'pinia',
              'vue-router',
              'vue-i18n',
              '@supabase/supabase-js',
              '@tanstack/vue-query',
              '@vueuse/core',
              '@vueuse/shared',
            ],
          },
        },
      },
      env: {
        VITE_SUPABASE_URL: 'http://127.0.0.1:1',
        VITE_SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_test',
        TZ: 'Europe/Paris',
      },
    },
  }),
);
