import { fileURLToPath } from 'node:url'
import { defineConfig, mergeConfig } from 'vitest/config'
import base from './vite.config.ts'

export default defineConfig((env) =>
  mergeConfig(base(env), {
    root: fileURLToPath(new URL('.', import.meta.url)),
    test: {
      name: 'web',
      environment: 'happy-dom',
      include: ['{src,plugins}/**/*.test.ts'],
      setupFiles: ['src/shared/test/setup.ts'],
      // A test that must wait for what is loaded on demand: see until().
      testTimeout: 30_000,
      server: { deps: { inline: ['@nuxt/ui'] } },
      env: {
        VITE_SUPABASE_URL: 'http://127.0.0.1:1',
        VITE_SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_test',
        TZ: 'Europe/Paris',
      },
    },
  }),
)
