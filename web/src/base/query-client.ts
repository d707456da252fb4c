import { MutationCache, QueryCache, QueryClient } from '@tanstack/vue-query';
import { isCutOff, offline } from './connection.ts';
import { AppError, isForbidden, refuseUnsent, toAppError } from './errors.ts';

/**
 * Only what may pass by itself is tried again: a line that broke, or a server failure. Neither what was waited for in
 * vain, nor anything while it is known that nothing reaches the server: it is read again when it does.
 */
export function shouldRetry(failures: number, error: unknown): boolean {
  const known = toAppError(error);
  const transient =
    (known.kind === 'network' && known.code !== 'timeout') || (known.status !== undefined && known.status >= 500);
  return transient && !offline.value && !isCutOff() && failures < 2;
}

/** `onRefused` hears every refusal, so that a staff member switched off meanwhile is shown out. */
export function createQueryClient(onRefused: () => void): QueryClient {
  const onError = (error: unknown) => {
    if (isForbidden(error) || toAppError(error).status === 401) onRefused();
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({
      onMutate: refuseUnsent,
      onError: (error) => {
        onError(error);
        if (!(error instanceof AppError) || error.kind !== 'network' || error.code === 'not_sent') return;
        error.isAct = true;
        // It may have been done all the same: what is on screen is asked for again.
        void client.invalidateQueries();
      },
    }),
    defaultOptions: {
      // Asked at once or refused at once. Never put aside: an act must not run by itself when the network is back.
      queries: { networkMode: 'always', retry: shouldRetry, staleTime: 30_000, refetchOnWindowFocus: true },
      mutations: { networkMode: 'always', retry: false },
    },
  });
  return client;
}
