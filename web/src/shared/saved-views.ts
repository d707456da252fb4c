import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { unwrap } from '@/base/api.ts';
import { supabase } from '@/base/supabase.ts';

export interface SavedView {
  id: string;
  name: string;
  query: string;
}

export const savedViewKeys = { page: (page: string) => ['saved_views', page] as const };

/** Named queries a person keeps for a page. */
export function useSavedViews(page: string) {
  const client = useQueryClient();
  const invalidate = () => client.invalidateQueries({ queryKey: savedViewKeys.page(page) });
  const views = useQuery({
    queryKey: savedViewKeys.page(page),
    queryFn: () =>
      unwrap<SavedView[]>(supabase.from('saved_views').select('id,name,query').eq('page', page).order('name') as never),
    staleTime: 5 * 60_000,
  });
  const save = useMutation({
    // The database writes whose view it is.
    mutationFn: (view: { name: string; query: string }) =>
      unwrap(
        supabase
          .from('saved_views')
          .insert({ ...view, page })
          .select('id')
          .single(),
      ),
    onSuccess: invalidate,
  });
  const remove = useMutation({
    mutationFn: (id: string) => unwrap(supabase.from('saved_views').delete().eq('id', id).select('id')),
    onSuccess: invalidate,
  });
  return { views, save, remove };
}
