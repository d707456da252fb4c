import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { businessDay } from '@/base/business-zone.ts';
import { toMajor } from '@/base/format.ts';
import type { ExportRequest } from '@/shared/export/export.ts';
import { usePlans } from '@/shared/plans.ts';
import { searchArguments, searchLicenses } from '../queries.ts';
import type { LicenseFilters, LicenseRow } from '../types.ts';

const PAGE_SIZE = 2_000;

/** Export of a whole filter, page by page, or of the rows given. HWIDs and keys go out as hints only. */
export function useLicenseExport(
  filters: () => LicenseFilters,
  selected?: () => LicenseRow[],
): ComputedRef<Omit<ExportRequest<LicenseRow>, 'format' | 'onProgress' | 'signal'>> {
  const { t } = useI18n();
  const plans = usePlans();
  return computed(() => {
    const asked = filters();
    const rows = selected?.();
    return {
      subject: 'licenses',
      fileName: `licences-${new Date().toISOString().slice(0, 10)}`,
      filters: rows ? { selected: rows.length } : searchArguments({ ...asked, page: 1 }),
      fetchPage: async (page) => {
        if (rows) return { rows, total: rows.length };
        // Sorted by creation, so that a change while pages are read moves as few rows as can be.
        return searchLicenses({ ...asked, sort: 'created_at', desc: false, page, size: PAGE_SIZE });
      },
      columns: [
        { header: t('licenses.column.email_only'), value: (row) => row.email, width: 32 },
        { header: t('licenses.column.customer'), value: (row) => row.customer_name, width: 26 },
        { header: t('licenses.column.plan'), value: (row) => plans.name(row.plan), width: 12 },
        { header: t('licenses.column.status'), value: (row) => t(`shared.license_status.${row.status}`), width: 14 },
        // A day, as it is written in a list or a mail; an instant would name another one elsewhere.
        { header: t('licenses.column.expires_at'), value: (row) => businessDay(row.expires_at), width: 12 },
        { header: t('licenses.column.mrr_cents'), value: (row) => toMajor(row.mrr_cents, row.currency), width: 10 },
        { header: t('licenses.column.currency'), value: (row) => row.currency, width: 8 },
        {
          header: t('licenses.column.auto_renew'),
          value: (row) => t(row.auto_renew ? 'licenses.renew.yes' : 'licenses.renew.no'),
          width: 14,
        },
        {
          header: t('licenses.column.payment_method'),
          value: (row) => t(`licenses.payment.${row.payment_method}`),
          width: 16,
        },
        {
          header: t('licenses.column.last_check_in'),
          value: (row) => (row.last_check_in ? new Date(row.last_check_in) : null),
          width: 18,
        },
        { header: t('licenses.column.version'), value: (row) => row.client_version, width: 12 },
        { header: t('licenses.column.os'), value: (row) => row.client_os, width: 18 },
        { header: t('licenses.column.license_key_hint'), value: (row) => row.license_key_hint, width: 12 },
        { header: t('licenses.column.hwid_hint'), value: (row) => row.hwid_hint, width: 14 },
        { header: t('licenses.column.notes'), value: (row) => row.notes, width: 40 },
        { header: t('licenses.column.created_at'), value: (row) => new Date(row.created_at), width: 18 },
        { header: t('licenses.column.id'), value: (row) => row.id, width: 38 },
      ],
    };
  });
}
