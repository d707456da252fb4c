import { ownProject } from '../config.ts';
import { supabaseCli } from './cli.ts';

/** Applies the pending migrations as the role of the URL (`postgres`: the rights of a hosted project). */
export async function migrate(url: string, projectFolder = ownProject): Promise<void> {
  await supabaseCli(['db', 'push', '--include-all', '--skip-vault'], url, projectFolder);
}
