import { after, type AuditEvent, before, countOf, textOf, type EventBook, type EventWords } from '@/shared/events.ts';

const plan = (value: unknown, words: EventWords) => words.plan(textOf(value));

function whyEnded({ event_data: data, user_id: by, actor }: AuditEvent, words: EventWords): string | null {
  const key = `licenses.login_as.why.${textOf(data?.why)}`;
  return words.te(key) ? words.t(key, { name: words.staff(by ?? '') ?? actor }) : null;
}

export default {
  values: { payment_method: 'licenses.payment' },
  entries: {
    check_in: ({ data }, { t, number, date }) => ({
      icon: 'i-lucide-list-checks',
      title: t(`licenses.checks.code.${data.code}`),
      beside: t('licenses.hint', { hint: data.license_key_hint }),
      details: [
        data.times > 1
          ? t('licenses.checks.since', { times: number(data.times), date: date(data.first_at) }, data.times)
          : '',
        data.version ? t('licenses.checks.version', { version: data.version }) : '',
      ]
        .filter(Boolean)
        .join(' · '),
      to: { name: 'license', params: { id: data.license_id }, query: { tab: 'checks' } },
    }),
  },
  kinds: {
    license_created: {
      icon: 'i-lucide-sparkles',
      tell: (event, words) => ({
        key: event.event_data?.import_id ? 'license_imported' : 'license_created',
        named: { plan: plan(after(event, 'plan'), words) },
      }),
    },
    license_extended: {
      icon: 'i-lucide-calendar-plus',
      tell(event, words) {
        const days = countOf(event.event_data?.days);
        const until = textOf(after(event, 'expires_at'));
        return days && until
          ? { key: 'license_extended', named: { days: words.number(days), date: words.date(until) }, count: days }
          : null;
      },
    },
    license_plan_changed: {
      icon: 'i-lucide-arrow-left-right',
      tell: (event, words) => ({
        key: 'license_plan_changed',
        named: { before: plan(before(event, 'plan'), words), after: plan(after(event, 'plan'), words) },
      }),
    },
    license_suspended: { icon: 'i-lucide-circle-pause' },
    license_reinstated: { icon: 'i-lucide-circle-play' },
    license_revoked: { icon: 'i-lucide-ban' },
    license_transferred: {
      icon: 'i-lucide-monitor-up',
      tell: (event) =>
        after(event, 'hwid_hint')
          ? { key: 'license_transferred', named: { hwid: textOf(after(event, 'hwid_hint')) } }
          : null,
    },
    license_auto_renew_changed: {
      icon: 'i-lucide-refresh-cw',
      tell: (event) => ({ key: after(event, 'auto_renew') ? 'auto_renew_on' : 'auto_renew_off' }),
    },
    license_key_sent: { icon: 'i-lucide-send' },
    license_key_renewed: {
      icon: 'i-lucide-key-round',
      tell: (event) =>
        after(event, 'license_key_hint')
          ? { key: 'license_key_renewed', named: { hint: textOf(after(event, 'license_key_hint')) } }
          : null,
    },
    license_renewed: {
      icon: 'i-lucide-calendar-check',
      tell: (event, words) =>
        after(event, 'expires_at')
          ? { key: 'license_renewed', named: { date: words.date(textOf(after(event, 'expires_at'))) } }
          : null,
    },
    license_notes_changed: { icon: 'i-lucide-sticky-note' },
    license_updated: { icon: 'i-lucide-pencil' },
    license_deleted: { icon: 'i-lucide-trash-2' },
    license_grace_started: { icon: 'i-lucide-hourglass' },
    license_expired: { icon: 'i-lucide-calendar-x' },
    license_reactivated: { icon: 'i-lucide-rotate-ccw' },
    license_file_downloaded: { icon: 'i-lucide-file-key' },
    login_as_started: { icon: 'i-lucide-user-check' },
    login_as_redeemed: {
      icon: 'i-lucide-user-check',
      tell: ({ event_data: data }) =>
        data?.hwid_hint ? { key: 'login_as_redeemed', named: { hwid: textOf(data.hwid_hint) } } : null,
    },
    login_as_ended: {
      icon: 'i-lucide-user-x',
      tell(event, words) {
        const name = words.staff(textOf(event.event_data?.staff_id));
        const why = whyEnded(event, words);
        return name && why ? { key: 'login_as_ended', named: { name, why } } : null;
      },
      beside: whyEnded,
    },
    login_as_message_written: { icon: 'i-lucide-user-pen' },
    plan_changed: {
      icon: 'i-lucide-tags',
      namesSubject: true,
      tell: (event, words) => ({ key: 'plan_changed', named: { plan: plan(event.subject_id, words) } }),
    },
  },
} satisfies EventBook;
