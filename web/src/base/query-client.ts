import { MutationCache, QueryCache, QueryClient } from '@tanstack/vue-query';
import { isForbidden, toAppError } from './errors.ts';

/** Only what may pass by itself is tried again: no answer at all, or a server failure. */
export function shouldRetry(failures: number, error: unknown): boolean {
  const known = toAppError(error);
  const transient = known.kind === 'network' || (known.status !== undefined && known.status >= 500);
  return transient && failures < 2;
}

/** `onRefused` hears every refusal, so that a staff member switched off meanwhile is shown out. */
export function createQueryClient(onRefused: () => void): QueryClient {
  const onError = (error: unknown) => {
    if (isForbidden(error) || toAppError(error).status === 401) onRefused();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: { retry: shouldRetry, staleTime: 30_000, refetchOnWindowFocus: true },
      mutations: { retry: false },
    },
  });
}
