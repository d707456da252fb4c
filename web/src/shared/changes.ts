import type { QueryClient } from '@tanstack/vue-query';

/** What an act can change beyond its own room. */
type Change = 'billing' | 'imports' | 'sessions';

declare module '@tanstack/vue-query' {
  interface Register {
    queryMeta: { dependsOn?: readonly Change[] };
  }
}

/** Reads again what says in its `meta.dependsOn` that such a change makes it old; who acts names no reader. */
export const invalidateDependent = (client: QueryClient, change: Change): Promise<void> =>
  client.invalidateQueries({ predicate: ({ meta }) => meta?.dependsOn?.includes(change) ?? false });
