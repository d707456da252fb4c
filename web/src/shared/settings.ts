import { useQuery } from '@tanstack/vue-query';
import { computed, type ComputedRef } from 'vue';
import { unwrap } from '@/base/api.ts';
import { supabase } from '@/base/supabase.ts';

export const settingKeys = { all: ['settings'] as const };

/** The value of a setting, as it is; undefined until the settings are read. */
export function useSetting(key: string): ComputedRef<unknown> {
  const { data } = useQuery({
    queryKey: settingKeys.all,
    queryFn: () => unwrap(supabase.from('settings').select('key,value')),
    staleTime: 5 * 60_000,
  });
  return computed(() => data.value?.find((setting) => setting.key === key)?.value);
}

/** A whole-number setting; `initial` stands until the settings are read. */
export function useNumberSetting(key: string, initial: number): ComputedRef<number> {
  const setting = useSetting(key);
  return computed(() => {
    const value = Number(setting.value ?? initial);
    return Number.isFinite(value) ? value : initial;
  });
}
