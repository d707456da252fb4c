import { createRequire } from 'node:module';
import { HomeError } from '../../errors.ts';

export function findDeno(): string {
  try {
    const api = createRequire(import.meta.url)('deno/install_api.cjs') as { runInstall(): string };
    return api.runInstall();
  } catch (cause) {
    throw new HomeError(
      'NO_DENO',
      `Deno is not installed for ${process.platform}-${process.arch} (package deno). Run npm ci`,
      { cause },
    );
  }
}
