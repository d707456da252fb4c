import { queryOptions, useMutation, useQueryClient } from '@tanstack/vue-query';
import type { LoginAsResponse } from '@contracts/functions/login-as.ts';
import { callFunction, callRpc } from '@/base/api.ts';
import { invalidateDependent } from '@/shared/changes.ts';
import { licenseKeys } from './queries.ts';

/** Asked again while it is on screen: a session begins in another program, and ends wherever. */
const SESSIONS_EVERY_MS = 3_000;

export const sessionsQuery = (licenseId: string) =>
  queryOptions({
    queryKey: licenseKeys.sessions(licenseId),
    queryFn: ({ signal }) => callRpc('list_client_sessions', { license_id: licenseId }, signal),
    refetchInterval: SESSIONS_EVERY_MS,
  });

/** The sessions of a licence, and the timelines that tell of them. */
function useInvalidation() {
  const client = useQueryClient();
  return (licenseId: string) =>
    Promise.all([
      client.invalidateQueries({ queryKey: licenseKeys.sessions(licenseId) }),
      invalidateDependent(client, 'sessions'),
    ]);
}

export function useLogInAs() {
  const invalidate = useInvalidation();
  return useMutation({
    mutationFn: (input: { license_id: string; reason: string }) => callFunction<LoginAsResponse>('login-as', input),
    // The answer holds a secret that works once: nothing keeps it but the dialog.
    gcTime: 0,
    onSuccess: (_, { license_id }) => invalidate(license_id),
  });
}

export function useEndSession() {
  const invalidate = useInvalidation();
  return useMutation({
    mutationFn: (sessionId: string) => callRpc('end_client_session', { session_id: sessionId }),
    onSuccess: ({ license_id }) => invalidate(license_id),
  });
}
