import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../../supabase/migrations');

/** The codes in what a pattern's group finds in the migrations: `'a_code'`, or those a `case` chooses from. */
export function databaseWords(pattern: RegExp): string[] {
  const sql = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
  const found = [...sql.matchAll(pattern)].flatMap(([, group = '']) =>
    [...group.matchAll(/'([a-z]+(?:_[a-z]+)+)'/g)].map(([, word = '']) => word),
  );
  return [...new Set(found)];
}
