import { useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/vue-query';
import { callRpc, unwrap } from '@/base/api.ts';
import { supabase } from '@/base/supabase.ts';
import { invalidateDependent } from '@/shared/changes.ts';
import type { ImportAnswer, ImportArguments, LicenseImport } from './types.ts';

export const importKeys = {
  all: ['imports'] as const,
  recent: () => [...importKeys.all, 'recent'] as const,
};

const RECENT = 20;

export const callImport = (args: ImportArguments): Promise<ImportAnswer> => callRpc('import_licenses', { ...args });

export function useRecentImports() {
  return useQuery({
    queryKey: importKeys.recent(),
    queryFn: () =>
      unwrap(
        supabase
          .from('license_imports')
          .select('id,file_hash,file_name,mode,created_by,created_at,created_count,undone_at')
          .order('created_at', { ascending: false })
          .limit(RECENT)
          .overrideTypes<LicenseImport[], { merge: false }>(),
      ),
  });
}

/** What an import, whole or in part, has made old. */
export const invalidateImported = (client: QueryClient): Promise<unknown> =>
  Promise.all([client.invalidateQueries({ queryKey: importKeys.all }), invalidateDependent(client, 'imports')]);

export function useUndoImport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (import_id: string) => {
      // A big import is undone in parts; one that was stopped half-way goes on where it was.
      let total = 0;
      for (;;) {
        const { undone, remaining } = await callRpc('undo_import', {
          import_id,
        });
        total += undone;
        if (!remaining) return { undone: total };
      }
    },
    onSuccess: () => invalidateImported(client),
  });
}

const UNDO_MS = 24 * 3_600_000;

/** The database's own limit; it decides again. */
export const canUndo = (item: Pick<LicenseImport, 'created_at' | 'undone_at' | 'created_count'>, now: Date): boolean =>
  item.undone_at === null && item.created_count > 0 && now.getTime() - new Date(item.created_at).getTime() < UNDO_MS;
