import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed } from 'vue';
import { unwrap } from '@/base/api.ts';
import { supabase } from '@/base/supabase.ts';
import { useSessionStore } from './session.ts';

export interface SavedView {
  id: string;
  name: string;
  query: string;
  user_id: string;
  is_shared: boolean;
}
type NewView = Pick<SavedView, 'name' | 'query' | 'is_shared'>;

export const savedViewKeys = { page: (page: string) => ['saved_views', page] as const };

/** Named queries of a page: one's own and those others share. One changes one's own only; the database refuses more. */
export function useSavedViews(page: string) {
  const client = useQueryClient();
  const session = useSessionStore();
  const onSuccess = () => client.invalidateQueries({ queryKey: savedViewKeys.page(page) });
  const { data } = useQuery({
    queryKey: savedViewKeys.page(page),
    queryFn: () => unwrap(supabase.from('saved_views').select('*').eq('page', page).order('name')),
    staleTime: 5 * 60_000,
  });
  const views = computed(() => data.value ?? []);
  const isOwn = (view: SavedView) => view.user_id === session.staff?.user_id;
  return {
    views,
    own: computed(() => views.value.filter(isOwn)),
    shared: computed(() => views.value.filter((view) => !isOwn(view))),
    isOwn,
    save: useMutation({
      // The database writes whose view it is.
      mutationFn: ({ name, query, is_shared }: NewView) =>
        unwrap(
          supabase
            .from('saved_views')
            .insert({ name, query, page, ...(is_shared ? { is_shared } : {}) })
            .select('id')
            .single(),
        ),
      onSuccess,
    }),
    share: useMutation({
      mutationFn: ({ id, is_shared }: Pick<SavedView, 'id' | 'is_shared'>) =>
        unwrap(supabase.from('saved_views').update({ is_shared }).eq('id', id).select('id').single()),
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: (id: string) => unwrap(supabase.from('saved_views').delete().eq('id', id).select('id')),
      onSuccess,
    }),
  };
}
