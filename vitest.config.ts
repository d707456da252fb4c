import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'database',
          include: ['supabase/tests/**/*.test.ts', 'supabase/lints/**/*.test.ts'],
          globalSetup: ['supabase/tests/setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'local',
          include: ['supabase/local/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      { test: { name: 'functions', include: ['edge-functions/**/*.test.ts'] } },
      { test: { name: 'seed', include: ['seed/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 120_000 } },
      'web/vitest.config.ts',
    ],
  },
});
