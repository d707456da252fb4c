import { HomeError } from '../errors.ts';
import { migrate } from '../postgres/migrate.ts';
import { readCommand } from './project.ts';

/** Applies the migrations to the database at SUPABASE_DB_URL, and says which hash its functions are to expect. */
const { project } = await readCommand();
const url = process.env['SUPABASE_DB_URL']?.trim();
if (!url) {
  console.error('Which database? SUPABASE_DB_URL=postgresql://postgres:…@db.<ref>.supabase.co:5432/postgres');
  process.exit(2);
}
try {
  const hash = await migrate(url, project?.folder);
  console.log(`The database is up to date. Tell its functions: npx supabase secrets set MIGRATIONS_HASH=${hash}`);
} catch (error) {
  console.error(error instanceof HomeError ? error.message : error);
  process.exit(1);
}
