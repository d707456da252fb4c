import { useQuery } from '@tanstack/vue-query';
import { computed, type ComputedRef, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { LICENSE_STATUSES } from '@/shared/license-status.ts';
import type { ListFilter } from '@/shared/list/resource.ts';
import { usePlans } from '@/shared/plans.ts';
import { useSessionStore } from '@/shared/session.ts';
import { useFormat } from '@/base/format.ts';
import { importNameQuery } from '../queries.ts';
import type { LicenseFilters } from '../types.ts';

const USUAL_DAYS = [7, 15, 30, 90];

/** Which import made what is listed. Others than those who import may have been sent the address. */
function useImportName(id: () => string): ComputedRef<string> {
  const { t } = useI18n();
  const format = useFormat();
  const session = useSessionStore();
  const { data } = useQuery(
    computed(() => ({ ...importNameQuery(id()), enabled: id() !== '' && session.can('licenses.import') })),
  );
  return computed(() => {
    const name = data.value && (data.value.file_name ?? format.value.dateTime(data.value.created_at));
    return name ? t('licenses.filter.import_named', { name }) : t('licenses.filter.import');
  });
}

/** The filters beside the search of licences; a number of days that came by a link is one of the choices. */
export function useLicenseFilters(filters: Ref<LicenseFilters>): ComputedRef<ListFilter[]> {
  const { t } = useI18n();
  const plans = usePlans();
  const importName = useImportName(() => filters.value.import);
  return computed(() => [
    {
      kind: 'many',
      param: 'status',
      label: t('licenses.filter.status'),
      width: 'md:w-36',
      options: LICENSE_STATUSES.map((value) => ({ value, label: t(`shared.license_status.${value}`) })),
    },
    {
      kind: 'many',
      param: 'plan',
      label: t('licenses.filter.plan'),
      width: 'md:w-32',
      options: plans.choices.value,
    },
    {
      kind: 'one',
      param: 'expiring',
      label: t('licenses.filter.expiring_label'),
      width: 'md:w-40',
      any: { value: null, label: t('licenses.filter.expiring_any') },
      options: [...new Set([...USUAL_DAYS, filters.value.expiring ?? 7])]
        .sort((a, b) => a - b)
        .map((days) => ({ value: days, label: t('licenses.filter.expiring', { days }) })),
    },
    {
      kind: 'one',
      param: 'renew',
      label: t('licenses.column.auto_renew'),
      width: 'md:w-44',
      any: { value: null, label: t('licenses.filter.renew_any') },
      options: [
        { value: true, label: t('licenses.filter.renew_yes') },
        { value: false, label: t('licenses.filter.renew_no') },
      ],
    },
    { kind: 'chip', param: 'import', label: importName.value },
  ]);
}
