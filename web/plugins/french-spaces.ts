import { join } from 'node:path';
import type { Plugin } from 'vite';
import { frenchSpaces } from '../../supabase/contracts/french-spaces.ts';

/**
 * Gives the French messages their no-break spaces when they are built: the page that shows them carries no code for
 * it, and whoever writes a message or looks for it in a test types plain spaces.
 */
export function frenchMessages(root: string): Plugin {
  const sources = join(root, 'src').replaceAll('\\', '/');
  return {
    name: 'french-messages',
    enforce: 'pre',
    transform: {
      filter: { id: /\/locales\/fr\.json$|feature-labels\/fr$/ },
      handler: (code, id) =>
        id.startsWith(sources) || id.startsWith('\0') ? { code: frenchSpaces(code), map: null } : null,
    },
  };
}
