import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { alone } from './web/vitest.config.ts';

export default defineConfig({
  test: {
    // Tests wait for a database or a timer part of the time: two at once even on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        // What the console mirrors of the database is tried against it, and names contracts as the console does.
        resolve: { alias: { '@contracts': join(import.meta.dirname, 'supabase/contracts') } },
        test: {
          name: 'supabase',
          include: ['supabase/{tests,lints,local}/**/*.test.ts'],
          globalSetup: ['supabase/tests/setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      { test: { name: 'functions', include: ['edge-functions/**/*.test.ts'] } },
      { test: { name: 'docs', include: ['docs/**/*.test.ts'], testTimeout: 30_000 } },
      { test: { name: 'seed', include: ['seed/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 120_000 } },
      // What kills, and takes minutes: run by `npm run endure` alone.
      ...(process.env['ENDURE'] ? [{ test: { name: 'endure', include: ['seed/endure/**/*.endure.ts'] } }] : []),
      {
        extends: './web/vitest.config.ts',
        root: './web',
        test: { name: 'web', include: ['{src,plugins}/**/*.test.ts'], exclude: alone, isolate: false },
      },
      { extends: './web/vitest.config.ts', root: './web', test: { name: 'web alone', include: alone } },
    ],
  },
});
